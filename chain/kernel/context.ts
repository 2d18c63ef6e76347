import type { ChainEvent } from '../format/block.ts';
import type { Epoch } from '../format/entities.ts';
import type { Draft, State } from '../state/index.ts';
import { type KernelEventData, type KernelEventName, kernelEvent } from './events.ts';
import type { Parameters } from './parameters.ts';
import type { BlockInput, Code, Mechanisms } from './types.ts';

/** What every step of a block works with. */
export interface BlockContext {
  /** Before the block. */
  readonly base: State;
  readonly draft: Draft;
  readonly parameters: Parameters;
  readonly code: Code;
  readonly block: Pick<BlockInput, 'height' | 'time' | 'proposer'>;
  /** The epoch that the block belongs to. */
  readonly epoch: Epoch;
}

/** What the transactions of a block work with, once its own work is done. */
export interface TransactionContext extends BlockContext {
  /** The code in force for the calls of this block. */
  readonly mechanisms: Mechanisms;
  /** Ids that came into force, or into new code, in this block: their calls wait for the next one. */
  readonly switched: ReadonlySet<number>;
}

/** What one call of a transaction works with. It throws {@link ChainError} to fail; the draft is rolled back then. */
export interface CallContext extends TransactionContext {
  /** Its hash. */
  readonly transaction: `0x${string}`;
  readonly sender: `0x${string}`;
  /** Scheme byte of the sender's signature. */
  readonly scheme: number;
  /** One per check of a consensus call. */
  readonly verified: readonly boolean[];
  readonly events: ChainEvent[];
}

/** A change of terms holds from this epoch on (spec section 3). */
export const nextEpoch = (context: BlockContext): number => context.epoch.number + 1;

export function emit<Name extends KernelEventName>(
  context: Pick<CallContext, 'events'>,
  name: Name,
  data: KernelEventData<Name>,
): void {
  context.events.push(kernelEvent(name, data));
}
