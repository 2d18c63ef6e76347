/**
 * What a module server must not forget, in one level database:
 *
 *   n epoch client        -> highest nonce taken
 *   r epoch client nonce  -> a receipt
 *   c epoch client        -> how far its claim has come
 *   s key                 -> the module's own state (stateBase.ts)
 *   o                     -> whose store it is
 *
 * Integers are eight bytes big endian, so that scans go in order.
 */
import {
  type Account,
  bool,
  bytes,
  decode,
  encode,
  fromHex,
  oneOf,
  type StoredReceipt,
  struct,
  type TypeOf,
  text,
  toHex,
  u53,
  u64,
} from '../../consensus/interface/index.ts';
import { type Database, openLevel } from '../level.ts';
import { createJournal } from './journal.ts';
import { type Commit, openStateBase, type StateBase } from './stateBase.ts';

const TEXT = 4096;
const SIGNATURE = 66;

const CallRow = struct({
  header: text(TEXT),
  headerSignature: bytes(SIGNATURE),
  receipt: text(TEXT),
  receiptSignature: bytes(SIGNATURE),
  cost: u64,
  /** Whether the header carries a tally that agrees with this server's own receipts. */
  tallied: bool,
});
/** One call that was answered, free ones included: a client may count them in its tally. */
export type CallRow = TypeOf<typeof CallRow> & StoredReceipt;

/**
 * `claiming`: a claim may have been sent. `claimed`: it is final, and the close of its epoch will pay. `settled`: that
 * close is done. `forfeited`: nothing (more) can be claimed.
 */
export const CLAIM_STATUSES = ['claiming', 'claimed', 'settled', 'forfeited'] as const;
const ClaimRow = struct({
  status: oneOf(CLAIM_STATUSES),
  /** Status that the chain gave to the row, e.g. `OK`; empty while unknown. */
  verdict: text(48),
  /** What the chain accepted, in base units. */
  amount: u64,
  calls: u53,
  /** Epoch in which the claim became final; its close pays. */
  claimedIn: u53,
});
export type ClaimRow = TypeOf<typeof ClaimRow>;

export interface Pair {
  readonly epoch: number;
  readonly client: Account;
}

export interface Store {
  /** Not synced: it survives the death of the process, and after a power cut the receipt's sync covers it. */
  putNonce(pair: Pair, nonce: number): Promise<void>;
  /** Resolves when it is on the disk, if it cost something or wrote state, which is in the same write. */
  putCall(pair: Pair, nonce: number, call: CallRow, state: Commit | null): Promise<void>;
  /** Resolves when the state that a call without a receipt wrote is on the disk. */
  putState(state: Commit): Promise<void>;
  readonly state: StateBase;
  putClaims(rows: readonly { readonly pair: Pair; readonly claim: ClaimRow }[]): Promise<void>;
  nonce(pair: Pair): number;
  claim(pair: Pair): ClaimRow | undefined;
  /** Receipts of a pair with nonces above `after`, ascending. */
  calls(pair: Pair, after?: number): AsyncIterable<{ readonly nonce: number; readonly call: CallRow }>;
  /** Pairs with receipts, oldest epoch first. */
  pairs(): Promise<Pair[]>;
  /** Drops all that belongs to epochs before this one. */
  prune(epoch: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the store of a server. `owner` names the chain and the server; a store of another owner is refused, because
 * its debts are not ours. Throws DIRECTORY_IN_USE or STORE_INVALID.
 */
export async function openStore(directory: string, owner?: string): Promise<Store> {
  const database = await openLevel(directory, owner);
  const journal = createJournal(database, true);
  const quick = createJournal(database, false);

  return {
    state: openStateBase(database, () => journal.append([])),
    putNonce: (pair, nonce) =>
      quick.append([{ type: 'put', key: pairKey('n', pair), value: integer(nonce) }]),
    async putCall(pair, nonce, call, state) {
      const row = { type: 'put', key: callKey(pair, nonce), value: encode(CallRow, call) } as const;
      // A call that cost and changed nothing is no evidence of a debt, so nobody has to wait for the disk.
      if (call.cost === 0n && state === null) return quick.append([row]);
      await journal.append([row, ...(state?.rows ?? [])]).finally(() => state?.done());
    },
    putState: state => journal.append(state.rows).finally(() => state.done()),
    putClaims: rows =>
      journal.append(
        rows.map(({ pair, claim }) => ({
          type: 'put',
          key: pairKey('c', pair),
          value: encode(ClaimRow, claim),
        })),
      ),
    nonce(pair) {
      const value = database.getSync(pairKey('n', pair));
      return value === undefined ? 0 : Number(viewOf(value).getBigUint64(0));
    },
    claim(pair) {
      const value = database.getSync(pairKey('c', pair));
      return value === undefined ? undefined : decode(ClaimRow, value);
    },
    async *calls(pair, after = 0) {
      const range = { gt: callKey(pair, after), lt: pairKey('r', pair, 0xff) };
      for await (const [key, value] of database.iterator(range))
        yield { nonce: Number(viewOf(key).getBigUint64(41)), call: decode(CallRow, value) };
    },
    pairs: () => pairsOf(database),
    async prune(epoch) {
      for (const kind of ['n', 'r', 'c'])
        await database.clear({
          gte: Buffer.from(kind),
          lt: Buffer.concat([Buffer.from(kind), integer(epoch)]),
        });
    },
    close: () => database.close(),
  };
}

/** Hops from pair to pair, so that the number of receipts does not matter. */
async function pairsOf(database: Database): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const keys = database.keys<Uint8Array>({ gte: Buffer.from('r'), lt: Buffer.from('s') });
  try {
    for (let key = await keys.next(); key !== undefined; key = await keys.next()) {
      const pair = { epoch: Number(viewOf(key).getBigUint64(1)), client: toHex(key.subarray(9, 41)) };
      pairs.push(pair);
      keys.seek(pairKey('r', pair, 0xff));
    }
  } finally {
    await keys.close();
  }
  return pairs;
}

function integer(value: number): Buffer {
  const raw = Buffer.alloc(8);
  raw.writeBigUInt64BE(BigInt(value));
  return raw;
}

/** With `end`, a key above all keys of the pair. */
const pairKey = (kind: 'n' | 'r' | 'c', { epoch, client }: Pair, end?: number): Uint8Array =>
  Buffer.concat([
    Buffer.from(kind),
    integer(epoch),
    fromHex(client),
    Buffer.from(end === undefined ? [] : Array(9).fill(end)),
  ]);

const callKey = (pair: Pair, nonce: number): Uint8Array =>
  Buffer.concat([pairKey('r', pair), integer(nonce)]);

const viewOf = (raw: Uint8Array): DataView => new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
