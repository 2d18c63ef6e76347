/** What stands in storage: keys, codecs, and a draft that collects the changes of one call or close. */
import {
  type Account,
  account,
  bps,
  type Codec,
  decode,
  encode,
  fixed,
  fromHex,
  list,
  type Op,
  optional,
  struct,
  type TypeOf,
  u8,
  u32,
  u53,
  u64,
  type View,
} from 'devnet/consensus';

/** A whole number below 2^256, for sums that u64 does not hold; README.md says why none is larger. */
const bytes32 = fixed(32);
export const wide: Codec<bigint> = {
  schema: bytes32.schema,
  write: (writer, value) => bytes32.write(writer, `0x${value.toString(16).padStart(64, '0')}`),
  read: reader => BigInt(bytes32.read(reader)),
};

/** How a lock of `t` epochs counts: `kPpm x (t / tMax)^p` parts per million of its amount. */
export const Curve = struct({ kPpm: u32, p: u8, tMax: u32, haircutBps: bps });
export type Curve = TypeOf<typeof Curve>;

export const Params = struct({
  curve: Curve,
  /** Epochs over which the reward of one epoch vests, in equal parts. */
  vestEpochs: u32,
  /** New money per epoch; the chain's mint cap must allow it. */
  rewardPerEpoch: u64,
  /** Who may set the curve of later locks; nobody without it. */
  governor: optional(account),
});
export type Params = TypeOf<typeof Params>;

const Rules = struct({ vestEpochs: u32, rewardPerEpoch: u64, governor: optional(account) });
export type Rules = TypeOf<typeof Rules>;

const Totals = struct({
  /** The epoch whose close comes next; nothing until there was a lock. */
  epoch: optional(u53),
  /** Stake that earns in that epoch. */
  active: u64,
  /** Stake of all locks that have a row, so that no sum of stakes is above u64. */
  issued: u64,
  /** Locked money. */
  principal: u64,
  /** Money for later rewards, in units of 2^-64. */
  pool: wide,
  curve: u32,
  nextLock: u53,
  /** The epoch of the block that minted last. */
  mintedIn: optional(u53),
});
export type Totals = TypeOf<typeof Totals>;

/** One epoch: its change of active stake, and the sums of rewards when it began. */
const EpochRow = struct({
  joining: u64,
  leaving: u64,
  /** Parts of locks that begin here, and locks that end here. */
  refs: u53,
  /** Reward per unit of stake of all epochs before, in units of 2^-64. */
  a: wide,
  /** The sum of `a` of this epoch and all before. */
  b: wide,
});
export type EpochRow = TypeOf<typeof EpochRow>;
const NO_EPOCH: EpochRow = { joining: 0n, leaving: 0n, refs: 0, a: 0n, b: 0n };

/** Stake that earns from an epoch on: the lock itself, then one per extension. */
const Part = struct({ since: u53, stake: u64 });
export type Part = TypeOf<typeof Part>;
export const MAX_PARTS = 16;

export const Lock = struct({
  amount: u64,
  curve: u32,
  /** Earns in the epochs from `start` to `end` - 1. */
  start: u53,
  end: u53,
  /** Rewards paid so far. */
  paid: wide,
  parts: list(Part, MAX_PARTS),
});
export type Lock = TypeOf<typeof Lock>;

const letter = (name: string): Uint8Array => new TextEncoder().encode(name);
const RULES = letter('p');
const TOTALS = letter('t');

/** A prefix and a number, big-endian, so that ascending keys are ascending numbers. */
function numbered(prefix: Uint8Array, number: number): Uint8Array {
  const key = new Uint8Array(prefix.length + 8);
  key.set(prefix);
  new DataView(key.buffer).setBigUint64(prefix.length, BigInt(number));
  return key;
}
const curveKey = (id: number): Uint8Array => numbered(letter('c'), id);
const epochKey = (epoch: number): Uint8Array => numbered(letter('e'), epoch);

export const locksPrefix = (owner: Account): Uint8Array =>
  Uint8Array.from([...letter('l'), ...fromHex(owner)]);
export const lockKey = (owner: Account, id: number): Uint8Array => numbered(locksPrefix(owner), id);
/** The number at the end of a lock's key. */
export const lockId = (key: Uint8Array): number =>
  Number(new DataView(key.buffer, key.byteOffset + key.length - 8).getBigUint64(0));

export const genesisOps = ({ curve, ...rules }: Params): Op[] => [
  put(RULES, Rules, rules),
  put(curveKey(0), Curve, curve),
  put(TOTALS, Totals, {
    epoch: null,
    active: 0n,
    issued: 0n,
    principal: 0n,
    pool: 0n,
    curve: 0,
    nextLock: 1,
    mintedIn: null,
  }),
];

export const rulesOf = (view: View): Rules => required(view, RULES, Rules);
export const totalsOf = (view: View): Totals => required(view, TOTALS, Totals);
export const curveOf = (view: View, id: number): Curve | undefined => found(view, curveKey(id), Curve);
export const lockOf = (view: View, owner: Account, id: number): Lock | undefined =>
  found(view, lockKey(owner, id), Lock);
export const epochRow = (view: View, epoch: number): EpochRow =>
  found(view, epochKey(epoch), EpochRow) ?? NO_EPOCH;

/** The changes of one call or close. Reads see them; {@link Draft.ops} writes them. */
export class Draft {
  readonly #view: View;
  readonly #vestEpochs: number;
  readonly #epochs = new Map<number, { readonly row: EpochRow; readonly stored: boolean }>();
  readonly #ops: Op[] = [];
  totals: Totals;

  constructor(view: View, rules: Rules) {
    this.#view = view;
    this.#vestEpochs = rules.vestEpochs;
    this.totals = totalsOf(view);
  }

  at = (epoch: number): EpochRow => this.#epochs.get(epoch)?.row ?? epochRow(this.#view, epoch);

  change(epoch: number, change: (row: EpochRow) => Partial<EpochRow>): void {
    const row = this.at(epoch);
    const stored = this.#epochs.get(epoch)?.stored ?? row !== NO_EPOCH;
    this.#epochs.set(epoch, { row: { ...row, ...change(row) }, stored });
  }

  /** Looks again whether the row of an epoch is still needed. */
  touch = (epoch: number): void => this.change(epoch, () => ({}));

  putLock(owner: Account, id: number, lock: Lock): void {
    this.#ops.push(put(lockKey(owner, id), Lock, lock));
  }

  deleteLock(owner: Account, id: number): void {
    this.#ops.push({ op: 'delete', key: lockKey(owner, id) });
  }

  addCurve(curve: Curve): void {
    const id = this.totals.curve + 1;
    this.totals = { ...this.totals, curve: id };
    this.#ops.push(put(curveKey(id), Curve, curve));
  }

  pay(to: Account, amount: bigint): void {
    if (amount > 0n)
      this.#ops.push({ op: 'transfer', from: { kind: 'pot' }, to: { kind: 'account', account: to }, amount });
  }

  mint(amount: bigint): void {
    this.#ops.push({ op: 'mint', amount });
  }

  ops(): Op[] {
    const epochs = [...this.#epochs].flatMap(([epoch, { row, stored }]): Op[] => {
      const key = epochKey(epoch);
      if (this.#needed(epoch, row)) return [put(key, EpochRow, row)];
      return stored ? [{ op: 'delete', key }] : [];
    });
    return [...this.#ops, ...epochs, put(TOTALS, Totals, this.totals)];
  }

  /** A row of zeros is as good as none; one that is too old for vesting is kept only for locks that refer to it. */
  #needed(epoch: number, { joining, leaving, refs, a, b }: EpochRow): boolean {
    if (refs > 0) return true;
    const recent = epoch + this.#vestEpochs >= (this.totals.epoch ?? 0);
    return recent && (joining > 0n || leaving > 0n || a > 0n || b > 0n);
  }
}

function put<T>(key: Uint8Array, codec: Codec<T>, value: T): Op {
  return { op: 'put', key, value: encode(codec, value) };
}

function found<T>(view: View, key: Uint8Array, codec: Codec<T>): T | undefined {
  const row = view.get(key);
  return row === undefined ? undefined : decode(codec, row);
}

function required<T>(view: View, key: Uint8Array, codec: Codec<T>): T {
  const row = found(view, key, codec);
  if (row === undefined) throw new TypeError('genesis has not run');
  return row;
}
