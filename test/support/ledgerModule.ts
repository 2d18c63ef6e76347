/** Versions of a consensus module whose storage changes its layout; on its own, so that it can be packed. */
import {
  type BlockInfo,
  type ConsensusModule,
  decode,
  defineConsensusModule,
  encode,
  event,
  fail,
  fromHex,
  INTERFACE_VERSION,
  method,
  type Outcome,
  ok,
  query,
  struct,
  u32,
  u64,
  type View,
} from '../../consensus/interface/index.ts';

export const Params = struct({ start: u32 });
export const NoArgs = struct({});
export const Deposited = struct({ amount: u64 });

export interface Version {
  readonly version: string;
  readonly stateVersion: number;
  readonly name?: string;
  readonly requires?: ConsensusModule['info']['requires'];
  readonly genesis?: (start: number) => Outcome;
  readonly closeEpoch?: (block: BlockInfo, view: View, closing: number) => Outcome;
  readonly migrate?: (block: BlockInfo, view: View, from: number) => Outcome;
}

const key = (prefix: string, rest: Uint8Array = new Uint8Array()): Uint8Array =>
  Uint8Array.from([...new TextEncoder().encode(prefix), ...rest]);

/** What everybody deposited: one row each, under `a` in state version 1 and under `b` from 2 on. */
export function ledger(made: Version): ConsensusModule {
  const { version, stateVersion, name = 'ledger', requires = [], closeEpoch, migrate } = made;
  const rows = stateVersion === 1 ? 'a' : 'b';
  return defineConsensusModule({
    info: { name, version, interfaceVersion: INTERFACE_VERSION, stateVersion, requires },
    params: Params,
    genesis: ({ start }) =>
      made.genesis?.(start) ?? ok([{ op: 'put', key: key('start'), value: encode(u32, start) }]),
    calls: {
      deposit: method({
        description: 'Keeps the attached value.',
        codec: NoArgs,
        weight: () => 20,
        apply(_, view, { sender, value }) {
          if (value === 0n) return fail('NO_VALUE', 'attach money');
          const row = key(rows, fromHex(sender));
          const before = view.get(row);
          const amount = value + (before === undefined ? 0n : decode(u64, before));
          return ok(
            [{ op: 'put', key: row, value: encode(u64, amount) }],
            [event('deposited', Deposited, { amount })],
          );
        },
      }),
      ...(stateVersion > 1
        ? {
            takeOut: method({
              description: 'Pays back what the sender deposited.',
              codec: NoArgs,
              weight: () => 30,
              apply(_, view, { sender }) {
                const row = key(rows, fromHex(sender));
                const found = view.get(row);
                if (found === undefined) return fail('NOTHING', 'nothing was deposited');
                return ok([
                  { op: 'delete', key: row },
                  {
                    op: 'transfer',
                    from: { kind: 'pot' },
                    to: { kind: 'account', account: sender },
                    amount: decode(u64, found),
                  },
                ]);
              },
            }),
          }
        : {}),
    },
    events: { deposited: Deposited },
    queries: {
      total: query({
        description: 'All that is deposited.',
        codec: NoArgs,
        result: Deposited,
        run: view => ({
          amount: view.scan(key(rows)).reduce((sum, [, value]) => sum + decode(u64, value), 0n),
        }),
      }),
    },
    ...(closeEpoch === undefined ? {} : { closeEpoch }),
    ...(migrate === undefined ? {} : { migrate }),
  });
}

/** Moves all rows from `a` to `b`. */
export function moveRows(_: BlockInfo, view: View): Outcome {
  return ok(
    view
      .scan(key('a'))
      .flatMap(([old, value]) => [
        { op: 'delete', key: old } as const,
        { op: 'put', key: key('b', old.slice(1)), value } as const,
      ]),
  );
}
