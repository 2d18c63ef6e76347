/** A consensus module as its author changes it from save to save: it counts, and keeps what it counted. */
export interface CounterWishes {
  /** What one call adds. */
  readonly step: number;
  /** The layout of its storage. */
  readonly stateVersion: 1 | 2;
  readonly migrate: 'none' | 'right' | 'throws';
}

const MIGRATE = {
  none: '',
  right: `migrate(_block, view) {
    const old = view.get(OLD);
    return ok(old === undefined ? [] : [{ op: 'delete', key: OLD }, { op: 'put', key: KEY, value: old }]);
  },`,
  throws: "migrate() { throw new Error('this layout is new to me'); },",
} as const;

/** The text of `src/index.ts`. In the second layout the count lies under another key. */
export const counterSource = ({ step, stateVersion, migrate }: CounterWishes): string => `
import {
  decode, defineConsensusModule, encode, INTERFACE_VERSION, method, ok, query, struct, type TypeOf, u64, type View,
} from 'devnet/consensus';

const Nothing = struct({});
const Total = struct({ total: u64 });
const OLD = Uint8Array.of(1);
const KEY = ${stateVersion === 1 ? 'OLD' : 'Uint8Array.of(2)'};
const totalOf = (view: View): bigint => decode(u64, view.get(KEY) ?? encode(u64, 0n));

export default defineConsensusModule<TypeOf<typeof Nothing>>({
  info: {
    name: 'counter',
    version: '0.1.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: ${stateVersion},
    requires: [],
  },
  params: Nothing,
  genesis: () => ok(),
  calls: {
    add: method<TypeOf<typeof Nothing>>({
      description: 'Counts.',
      codec: Nothing,
      weight: () => 50,
      apply: (_block, view) => ok([{ op: 'put', key: KEY, value: encode(u64, totalOf(view) + ${step}n) }]),
    }),
  },
  queries: {
    total: query<TypeOf<typeof Nothing>, TypeOf<typeof Total>>({
      description: 'What was counted.',
      codec: Nothing,
      result: Total,
      run: view => ({ total: totalOf(view) }),
    }),
  },
  ${MIGRATE[migrate]}
});
`;
