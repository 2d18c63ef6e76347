/** A consensus module that does what a test tells it to. */
import type { ConsensusEntry, Genesis } from '../../chain/index.ts';
import { builtinCodeHash, builtinGenesis, consensus0 } from '../../consensus/index.ts';
import {
  type BlockInfo,
  type Capability,
  type Check,
  type ConsensusModule,
  defineConsensusModule,
  encode,
  INTERFACE_VERSION,
  type Invocation,
  method,
  type Outcome,
  ok,
  struct,
  u32,
  type View,
} from '../../consensus/interface/index.ts';
import type { TestChainOptions } from './chain.ts';

const Args = struct({ number: u32 });
const Params = struct({});

export interface Behaviour {
  readonly apply?: (block: BlockInfo, view: View, call: Invocation<{ number: number }>) => Outcome;
  readonly closeEpoch?: (block: BlockInfo, view: View, closing: number) => Outcome;
  readonly genesis?: () => Outcome;
  readonly weight?: (number: number) => number;
  readonly checks?: (number: number) => readonly Check[];
  readonly requires?: readonly Capability[];
}

export const PROBE = 7;

export const probe = (behaviour: Behaviour): ConsensusModule =>
  defineConsensusModule({
    info: {
      name: 'probe',
      version: '1.0.0',
      interfaceVersion: INTERFACE_VERSION,
      stateVersion: 1,
      requires: behaviour.requires ?? [],
    },
    params: Params,
    genesis: behaviour.genesis ?? (() => ok()),
    calls: {
      do: method({
        description: 'Does what the test says.',
        codec: Args,
        weight: ({ number }) => behaviour.weight?.(number) ?? 10,
        checks: ({ args }) => behaviour.checks?.(args.number) ?? [],
        apply: (block, view, call) => behaviour.apply?.(block, view, call) ?? ok(),
      }),
    },
    events: { done: Args },
    ...(behaviour.closeEpoch === undefined ? {} : { closeEpoch: behaviour.closeEpoch }),
  });

export const probeEvent = (number: number) => ({ name: 'done', data: encode(Args, { number }) });

export const callProbe = (value = 0n, number = 0) =>
  ({ kind: 'call', consensus: PROBE, method: 'do', args: encode(Args, { number }), value }) as const;

/** A chain with consensus-0 under id 0 and the probe under id 7. */
export function withProbe(
  behaviour: Behaviour,
  entry: Partial<ConsensusEntry> = {},
  genesis: Partial<Genesis> = {},
): TestChainOptions {
  const module = probe(behaviour);
  const listed: Genesis['consensus'][number] = {
    id: PROBE,
    name: entry.name ?? 'probe',
    version: entry.version ?? '1.0.0',
    stateVersion: 1,
    codeHash: builtinCodeHash(module),
    capabilities: entry.capabilities ?? [],
    mintCap: entry.mintCap ?? 0n,
    params: encode(Params, {}),
  };
  return {
    mechanisms: new Map([
      [0, consensus0],
      [PROBE, module],
    ]),
    genesis: { consensus: [...builtinGenesis(), listed], ...genesis },
  };
}
