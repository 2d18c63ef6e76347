/**
 * Where transactions wait for a block. What was accepted stays until it is final or is dropped with a reason that can
 * be asked for: nothing stalls and nothing vanishes.
 */
import {
  accountKey,
  admit,
  ChainError,
  type CheckedTransaction,
  chainError,
  type Execution,
  factsHold,
  getAccount,
  type Mechanisms,
  type State,
  sha256,
} from '../../chain/index.ts';
import { type Account, type Hex, toHex } from '../../consensus/interface/index.ts';
import { Recent } from '../recent.ts';
import { type Checking, readTransaction, refusing, verifyTransactions } from './check.ts';
import { PoolError, poolError, refusal } from './errors.ts';
import { type Entry, type PoolLimits, Queues } from './queues.ts';

export const POOL_LIMITS: PoolLimits = {
  transactions: 50_000,
  bytes: 64 * 1024 * 1024,
  perSender: 16_384,
  gapsPerSender: 1_024,
  gaps: 16_384,
};

/** Transactions whose signatures are being verified: of this node's clients, and of peers. Neither fills the other's room. */
const MAX_CHECKING = 25_000;
/** Milliseconds that a transaction waits for missing nonces. */
const GAP_PATIENCE = 5 * 60_000;
/** Reasons kept for those who ask later. */
const DROPS_KEPT = 20_000;

export interface Drop {
  readonly hash: Hex;
  readonly error: PoolError;
}

export interface PoolOptions extends Checking {
  /** The last committed state and the height of the next block. */
  readonly head: () => { readonly state: State; readonly nextHeight: number };
  /** Milliseconds. */
  readonly now: () => number;
  readonly limits?: Partial<PoolLimits>;
}

export interface Pool {
  readonly size: number;
  readonly bytes: number;
  /** Resolves with the hash once it is in; rejects with {@link PoolError}. `own`: submitted here, not by a peer. */
  add(encoded: Uint8Array, own: boolean): Promise<Hex>;
  get(hash: Hex): CheckedTransaction | undefined;
  /** Whether a block could take something. */
  hasWork(): boolean;
  /** For a block of at most so many bytes. */
  candidates(maxBytes: number): CheckedTransaction[];
  nextNonce(account: Account): number;
  /** Tells those who ask why a transaction that was accepted before a restart is not here any more. */
  refuse(hash: Hex, error: PoolError): void;
  /** What a proposer could not include. */
  reject(rejected: readonly { readonly hash: Hex; readonly error: ChainError }[]): void;
  /** Brings the pool up to a committed block: only the senders that it touched are judged again. */
  committed(transactionHashes: readonly Hex[], execution: Execution): void;
  /** Judges everything again: the state is another one, and not by one block. */
  refresh(): void;
  /** Drops all that waits, whatever it is. */
  discard(): void;
  /** Why a transaction left without a block; kept for the last 20,000. */
  dropped(hash: Hex): PoolError | undefined;
  /** Own transactions that still wait, oldest first, up to so many bytes. */
  ownPending(maxBytes: number): Uint8Array[];
  onAdded(listener: (encoded: Uint8Array, own: boolean) => void): void;
  onDrop(listener: (drop: Drop) => void): void;
}

export function createPool(options: PoolOptions): Pool {
  const inForce = (): Mechanisms => options.runner.mechanisms(options.head().state);
  /** The code by which what waits here was examined; null before the first. */
  let judgedBy: Mechanisms | null = null;
  const queues = new Queues({ ...POOL_LIMITS, ...options.limits });
  const checking = new Map<Hex, Promise<Hex>>();
  const underCheck = { own: 0, peers: 0 };
  const drops = new Recent<Hex, PoolError>(DROPS_KEPT);
  const expiring = new Map<Hex, number>();
  /** State key of an account, as text -> a sender with transactions here. */
  const watched = new Map<string, Account>();
  const addedListeners: ((encoded: Uint8Array, own: boolean) => void)[] = [];
  const dropListeners: ((drop: Drop) => void)[] = [];

  function remove(hash: Hex): Entry | undefined {
    const entry = queues.remove(hash);
    expiring.delete(hash);
    if (entry !== undefined) unwatch(entry.checked.transaction.sender);
    return entry;
  }

  function unwatch(sender: Account): void {
    if (!queues.hasSender(sender)) watched.delete(toHex(accountKey(sender)));
  }

  function drop(hash: Hex, error: PoolError): void {
    remove(hash);
    report(hash, error);
  }

  function report(hash: Hex, error: PoolError): void {
    drops.set(hash, error);
    for (const listener of dropListeners) listener({ hash, error });
  }

  async function check(encoded: Uint8Array, hash: Hex, own: boolean): Promise<Hex> {
    const mechanisms = inForce();
    const read = await refusing(() => readTransaction(encoded, options, mechanisms));
    const { sender, nonce } = read.signed.transaction;
    // Before the costly part: whether it could get in at all.
    const expected = getAccount(options.head().state, sender).nonce;
    if (nonce < expected) throw refusal(chainError('NONCE_USED', { nonce, expected }));
    const [checked] = await verifyTransactions([read], options.verifier);
    if (checked === undefined) throw new Error('the verifier lost a transaction');
    if (!checked.authentic) throw refusal(chainError('BAD_SIGNATURE'));
    // Other code came into force meanwhile.
    if (!factsHold(checked, inForce())) return check(encoded, hash, own);
    insert(checked, own);
    return hash;
  }

  function insert(checked: CheckedTransaction, own: boolean): void {
    const { state, nextHeight } = options.head();
    judgedBy ??= inForce();
    const { transaction, hash } = checked;
    const { nonce } = getAccount(state, transaction.sender);
    const error = judge(atNonce(checked, nonce), state, nextHeight, inForce());
    // What waits behind others may be paid with what they bring in.
    const mayWait = error?.code === 'FEE_NOT_PAYABLE' && transaction.nonce > nonce;
    if (error !== null && !mayWait) throw refusal(error);
    const replaced = queues.add({ checked, own, arrived: options.now() }, nonce);
    if (replaced !== null) {
      expiring.delete(replaced.checked.hash);
      report(replaced.checked.hash, poolError('REPLACED'));
    }
    drops.delete(hash);
    if (transaction.expiry !== null) expiring.set(hash, transaction.expiry);
    watched.set(toHex(accountKey(transaction.sender)), transaction.sender);
    for (const listener of addedListeners) listener(checked.encoded, own);
  }

  /** A sender whose account changed: what is passed leaves, and what comes next must still be payable. */
  function judgeSender(sender: Account, state: State, nextHeight: number, included: ReadonlySet<Hex>): void {
    const expected = getAccount(state, sender).nonce;
    for (const { checked } of queues.advance(sender, expected)) {
      const { hash, transaction } = checked;
      expiring.delete(hash);
      if (!included.has(hash))
        report(hash, refusal(chainError('NONCE_USED', { nonce: transaction.nonce, expected })));
    }
    unwatch(sender);
    const first = queues.first(sender);
    const isKnown = first !== undefined && factsHold(first.checked, inForce());
    const error = isKnown ? judge(first.checked, state, nextHeight, inForce()) : null;
    if (first !== undefined && error !== null) drop(first.checked.hash, refusal(error));
  }

  function dropExpired(nextHeight: number): void {
    for (const [hash, expiry] of expiring)
      if (expiry < nextHeight) drop(hash, refusal(chainError('EXPIRED', { expiry, height: nextHeight })));
  }

  /** Calls whose module has other code now are examined anew, and wait until then. */
  function renewFacts(): void {
    const mechanisms = inForce();
    if (judgedBy === null || mechanisms === judgedBy) return;
    const before = judgedBy;
    const isSame =
      mechanisms.size === before.size && [...mechanisms].every(([id, module]) => before.get(id) === module);
    judgedBy = mechanisms;
    if (isSame) return;
    for (const entry of queues.all()) if (!factsHold(entry.checked, mechanisms)) void renew(entry);
  }

  async function renew(entry: Entry): Promise<void> {
    const { encoded, hash } = entry.checked;
    try {
      const read = await refusing(() => readTransaction(encoded, options, inForce()));
      const [checked] = await verifyTransactions([read], options.verifier);
      if (checked === undefined) throw new Error('the verifier lost a transaction');
      queues.renew({ ...entry, checked });
    } catch (error) {
      drop(hash, error instanceof PoolError ? error : poolError('NO_ANSWER'));
    }
  }

  return {
    get size() {
      return queues.size;
    },
    get bytes() {
      return queues.bytes;
    },
    add(encoded, own) {
      const hash = sha256(encoded);
      if (queues.get(hash) !== undefined) return Promise.resolve(hash);
      const underWay = checking.get(hash);
      if (underWay !== undefined) return underWay;
      const whose = own ? 'own' : 'peers';
      if (underCheck[whose] >= MAX_CHECKING) return Promise.reject(poolError('POOL_BUSY'));
      underCheck[whose]++;
      const result = check(encoded, hash, own).finally(() => {
        underCheck[whose]--;
        checking.delete(hash);
      });
      checking.set(hash, result);
      return result;
    },
    get: hash => queues.get(hash)?.checked,
    hasWork: () => queues.ready > 0,
    candidates(maxBytes) {
      const mechanisms = inForce();
      return queues.candidates(maxBytes).filter(checked => factsHold(checked, mechanisms));
    },
    nextNonce: account => queues.nextNonce(account, getAccount(options.head().state, account).nonce),
    refuse: report,
    reject(rejected) {
      // After one of a sender failed, the later ones only miss its nonce: they wait.
      for (const { hash, error } of rejected) if (error.code !== 'NONCE_TOO_HIGH') drop(hash, refusal(error));
    },
    committed(transactionHashes, { state, changes }) {
      const { nextHeight } = options.head();
      renewFacts();
      const included = new Set(transactionHashes);
      for (const { key } of changes) {
        const sender = watched.get(toHex(key));
        if (sender !== undefined) judgeSender(sender, state, nextHeight, included);
      }
      dropExpired(nextHeight);
      for (const { checked } of queues.gapsBefore(options.now() - GAP_PATIENCE))
        drop(checked.hash, poolError('GAP_TIMEOUT'));
    },
    refresh() {
      const { state, nextHeight } = options.head();
      renewFacts();
      for (const sender of [...watched.values()]) judgeSender(sender, state, nextHeight, new Set());
      dropExpired(nextHeight);
    },
    discard() {
      for (const { checked } of [...queues.all()]) drop(checked.hash, poolError('DISCARDED'));
    },
    dropped: hash => drops.get(hash),
    ownPending(maxBytes) {
      const pending: Uint8Array[] = [];
      let bytes = 0;
      for (const { checked, own } of queues.all()) {
        if (!own) continue;
        bytes += checked.encoded.length;
        if (bytes > maxBytes) break;
        pending.push(checked.encoded);
      }
      return pending;
    },
    onAdded: listener => addedListeners.push(listener),
    onDrop: listener => dropListeners.push(listener),
  };
}

/**
 * The transaction as if it were its sender's next one: nonces that are missing may be on their way, and the queues say
 * how many of these may wait.
 */
const atNonce = (checked: CheckedTransaction, next: number): CheckedTransaction =>
  checked.transaction.nonce <= next
    ? checked
    : { ...checked, transaction: { ...checked.transaction, nonce: next } };

/** Why a transaction could not stand in the next block; null if it could. */
function judge(
  checked: CheckedTransaction,
  state: State,
  height: number,
  mechanisms: Mechanisms,
): ChainError | null {
  try {
    admit(state, checked, { height, mechanisms });
    return null;
  } catch (error) {
    if (error instanceof ChainError) return error;
    throw error;
  }
}
