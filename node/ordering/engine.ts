import { InstantEngine } from './instant.ts';
import { TendermintEngine } from './tendermint/engine.ts';
import type { EngineOptions, OrderingEngine } from './types.ts';

/** The ordering engine of a node: `instant` for a single validator, `tendermint` for any number of them. */
export function createEngine(kind: OrderingEngine['kind'], options: EngineOptions): OrderingEngine {
  return kind === 'instant' ? new InstantEngine(options) : new TendermintEngine(options);
}
