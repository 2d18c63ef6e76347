/**
 * A consensus module: money that its receiver gets in a later epoch. docs/tutorials/consensus-module.md explains it line
 * by line; test/examples/timeLock.test.ts runs it.
 */
import {
  type Account,
  account,
  decode,
  defineConsensusModule,
  encode,
  event,
  fail,
  fromHex,
  INTERFACE_VERSION,
  method,
  more,
  type Op,
  ok,
  query,
  struct,
  type TypeOf,
  toHex,
  u53,
  u64,
} from '../consensus/interface/index.ts';

const Params = struct({ maxEpochs: u53 });
const Lock = struct({ to: account, epoch: u53 });
const Locked = struct({ to: account, epoch: u53, amount: u64 });

/** Where the parameters stand, and the beginning of every lock's key. */
const PARAMS = new TextEncoder().encode('p');
const LOCKS = new TextEncoder().encode('l');

/** One row per receiver and epoch. Big-endian, so that ascending keys are ascending epochs. */
function lockKey(epoch: number, to: Account): Uint8Array {
  const key = new Uint8Array(41);
  key.set(LOCKS);
  new DataView(key.buffer).setBigUint64(1, BigInt(epoch));
  key.set(fromHex(to), 9);
  return key;
}

const epochOf = (key: Uint8Array): number => Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
const receiverOf = (key: Uint8Array): Account => toHex(key.subarray(9));

const lock = method<TypeOf<typeof Lock>>({
  description: 'Locks the attached value for a receiver until an epoch begins.',
  codec: Lock,
  weight: () => 50,
  apply(block, view, { args: { to, epoch }, value }) {
    if (value === 0n) return fail('NO_VALUE', 'attach the money that is to be locked');
    if (epoch <= block.epoch) return fail('TOO_EARLY', `epoch ${epoch} has begun already`);
    const { maxEpochs } = decode(Params, view.get(PARAMS) ?? new Uint8Array());
    if (epoch > block.epoch + maxEpochs) return fail('TOO_FAR', `at most ${maxEpochs} epochs from now`);
    const key = lockKey(epoch, to);
    const row = view.get(key);
    const amount = value + (row === undefined ? 0n : decode(u64, row));
    return ok(
      [{ op: 'put', key, value: encode(u64, amount) }],
      [event('locked', Locked, { to, epoch, amount: value })],
    );
  },
});

/** Most rows of one block, so that no block grows with the number of locks. */
const RELEASED_PER_BLOCK = 500;

const lockedFor = query<TypeOf<typeof Lock>, { readonly amount: bigint }>({
  description: 'What a receiver gets when an epoch begins.',
  codec: Lock,
  result: struct({ amount: u64 }),
  run(view, { to, epoch }) {
    const row = view.get(lockKey(epoch, to));
    return { amount: row === undefined ? 0n : decode(u64, row) };
  },
});

export const timeLock = defineConsensusModule<TypeOf<typeof Params>>({
  info: {
    name: 'time-lock',
    version: '1.0.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: [],
  },
  params: Params,
  genesis: params => ok([{ op: 'put', key: PARAMS, value: encode(Params, params) }]),
  calls: { lock },
  events: { locked: Locked, released: Locked },
  queries: { lockedFor },
  closeEpoch(_block, view, closing) {
    const rows = view.scan(LOCKS, { limit: RELEASED_PER_BLOCK + 1 });
    const due = rows.filter(([key]) => epochOf(key) <= closing + 1);
    const now = due.slice(0, RELEASED_PER_BLOCK);
    const ops = now.flatMap(([key, value]): Op[] => [
      {
        op: 'transfer',
        from: { kind: 'pot' },
        to: { kind: 'account', account: receiverOf(key) },
        amount: decode(u64, value),
      },
      { op: 'delete', key },
    ]);
    const released = now.map(([key, value]) =>
      event('released', Locked, { to: receiverOf(key), epoch: epochOf(key), amount: decode(u64, value) }),
    );
    return due.length > now.length ? more(ops, released) : ok(ops, released);
  },
});
