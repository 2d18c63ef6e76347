/** What a client remembers of its calls: in a directory, or only as long as it lives. */
import {
  type Account,
  bytes,
  decode,
  encode,
  fromHex,
  oneOf,
  struct,
  type TypeOf,
  text,
  toHex,
  u64,
} from '../../consensus/interface/index.ts';
import { openLevel } from '../level.ts';

const TEXT = 4096;
const SIGNATURE = 66;

const SentCall = struct({
  /**
   * `sent`: nobody knows (yet) whether it was served. `refused`: it was not, and costs nothing. `answered`: the receipt
   * says what it costs. `outrun`: refused, because somebody else had used its nonce with the same key.
   */
  state: oneOf(['sent', 'refused', 'answered', 'outrun']),
  header: text(TEXT),
  headerSignature: bytes(SIGNATURE),
  /** Empty unless it was answered. */
  receipt: text(TEXT),
  receiptSignature: bytes(SIGNATURE),
  /** Base units: the cost of an answered call, else the most that it may cost. */
  amount: u64,
});
export type SentCall = TypeOf<typeof SentCall>;

export interface SentCallAt {
  readonly epoch: number;
  readonly server: Account;
  readonly nonce: number;
  readonly call: SentCall;
}

export interface CallStore {
  /** False if nothing is remembered of earlier clients with the same key. */
  readonly durable: boolean;
  /** Survives the death of the process. */
  put(entry: SentCallAt): Promise<void>;
  /** Calls of one epoch, or of all, by epoch, server and nonce. */
  calls(epoch?: number): AsyncIterable<SentCallAt>;
  close(): Promise<void>;
}

/** `forgetFree`: drops calls that cost nothing when they are over, so that a router's store does not grow with its traffic. */
export function memoryStore(forgetFree = false): CallStore {
  const entries = new Map<string, SentCallAt>();
  return {
    durable: false,
    async put(entry) {
      const name = `${entry.epoch}:${entry.server}:${entry.nonce}`;
      const isOver = entry.call.state !== 'sent' && entry.call.amount === 0n;
      if (forgetFree && isOver) entries.delete(name);
      else entries.set(name, entry);
    },
    async *calls(epoch) {
      for (const entry of entries.values()) if (epoch === undefined || entry.epoch === epoch) yield entry;
    },
    async close() {
      entries.clear();
    },
  };
}

/** `owner` as in {@link openLevel}. Throws DIRECTORY_IN_USE or STORE_INVALID. */
export async function directoryStore(directory: string, owner: string): Promise<CallStore> {
  const database = await openLevel(directory, owner);
  return {
    durable: true,
    put: ({ epoch, server, nonce, call }) =>
      database.put(
        Buffer.concat([CALLS, integer(epoch), fromHex(server), integer(nonce)]),
        encode(SentCall, call),
      ),
    async *calls(epoch) {
      const range = {
        gte: callsFrom(epoch ?? 0),
        lt: callsFrom(epoch === undefined ? Number.MAX_SAFE_INTEGER : epoch + 1),
      };
      for await (const [key, value] of database.iterator(range)) yield entryOf(key, value);
    },
    close: () => database.close(),
  };
}

const CALLS = Buffer.from('s');
const callsFrom = (epoch: number): Uint8Array => Buffer.concat([CALLS, integer(epoch)]);

function entryOf(key: Uint8Array, value: Uint8Array): SentCallAt {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return {
    epoch: Number(view.getBigUint64(1)),
    server: toHex(key.subarray(9, 41)),
    nonce: Number(view.getBigUint64(41)),
    call: decode(SentCall, value),
  };
}

function integer(value: number): Buffer {
  const raw = Buffer.alloc(8);
  raw.writeBigUInt64BE(BigInt(value));
  return raw;
}
