/** A chain in one process as a test sees it. */
import type { KernelCall } from '../../chain/index.ts';
import type { SeenEvent } from '../../consensus/compliance/index.ts';
import type {
  Account,
  Amount,
  Hex,
  LinkKind,
  Reserve,
  StoredReceipt,
} from '../../consensus/interface/index.ts';

/** An event with its data decoded by the codec that declares it. */
export interface LoggedEvent extends SeenEvent {
  readonly height: number;
  /** The name of the consensus module, or `chain`. */
  readonly source: string;
}

/** What became of a transaction that succeeded. */
export interface Receipt {
  readonly height: number;
  readonly events: readonly LoggedEvent[];
  readonly weight: number;
  /** Base units. */
  readonly fee: Amount;
}

export interface CallOptions {
  /** Name or account id of the sender. */
  readonly from: string;
  /** Base units that the sender attaches; nothing without it. */
  readonly value?: Amount;
}

export interface RegisterOptions {
  /** Its name without it. */
  readonly alias?: string;
  /** The consensus module that it is bound to; consensus-0 without it. */
  readonly consensus?: number | string;
  /** Where it is called; nowhere without it. */
  readonly url?: string;
  /** Base units per call of a function. */
  readonly prices?: Readonly<Record<string, Amount>>;
  readonly maxLinks?: number;
}

export interface LinkOptions {
  /** In 1/10,000 of the parent's revenue. */
  readonly shareBps: number;
  /** `custom` without it. */
  readonly kind?: LinkKind;
  readonly alias?: string;
}

export interface ServeOptions {
  readonly fn: string;
  /** Base units; the price of the function without it. */
  readonly cost?: Amount;
  /** Whether its header carries a tally over all calls of this pair and epoch before it. */
  readonly tally?: boolean;
}

declare const SNAPSHOT: unique symbol;
/** A chain at one moment. It costs nothing to take: states share what they have in common. */
export interface Snapshot {
  readonly [SNAPSHOT]: true;
}

/** What can be read of a chain: the state after its last block. */
export interface ChainView {
  readonly height: number;
  readonly epoch: number;
  /** Header time of the last block, in milliseconds. */
  readonly time: number;
  readonly stateRoot: Hex;
  /** What has happened, oldest first: since the genesis, or since the test began where the chain is made clean for each. */
  readonly events: readonly LoggedEvent[];

  account(who: string): Account;
  /** Free balance in base units. */
  balance(who: string): Amount;
  /** All money that there is: balances, stakes, reserves and pots. */
  supply(): Amount;
  /** What a consensus module itself holds. */
  pot(consensus: number | string): Amount;
  /** Escrow of a client for a server under a consensus id (0 without it). */
  reserved(client: string, server: string, consensus?: number | string): Reserve | undefined;
  /** Stake on a module (its id) or on a validator (its account), as mechanisms see it: from the start of the epoch. */
  staked(target: number | string): Amount;
  /** One row of a consensus module's storage. */
  storage(consensus: number | string, key: Uint8Array): Uint8Array | undefined;
  /** What a query answers at the last block, after a trip through its codecs. */
  query(consensus: number | string, name: string, args?: unknown): unknown;
}

/**
 * The chain's own state transition with named people and modules. Each call stands in a block of its own. Whoever is
 * named is `alice` ... `ferdie`, any other name of the options, an account id or an address; a consensus module is named by
 * its id or its name.
 */
export interface Chain extends ChainView {
  /** Calls a method. Throws {@link CallFailed} with the code, and {@link MechanismCrashed} with the author's line. */
  call(consensus: number | string, method: string, args: unknown, options: CallOptions): Receipt;
  transfer(from: string, to: string, amount: Amount): Receipt;
  /** Any transaction of the kernel. */
  submit(from: string, call: KernelCall): Receipt;
  /** The faucet: a free balance is what it says from now on. */
  setBalance(who: string, amount: Amount): void;

  /** Empty blocks; what happened in them. */
  mine(blocks?: number): readonly LoggedEvent[];
  /**
   * Ends the epoch, or that many, and goes on until every close is done; what happened. Throws {@link CallFailed} if a
   * close is refused: the chain would go on without it.
   */
  advanceEpoch(epochs?: number): readonly LoggedEvent[];
  /** The next block is that many milliseconds later. */
  increaseTime(milliseconds: number): void;

  /** Makes an account a module; its id. Terms hold from the next epoch on. */
  registerModule(who: string, options?: RegisterOptions): number;
  /** Proposes a link and accepts it. It holds from the next epoch on. */
  link(parent: number, child: number, options: LinkOptions): void;
  /** Stake on a module (its id) or a validator (its account). It counts from the next epoch on. */
  stake(who: string, target: number | string, amount: Amount): Receipt;
  unstake(who: string, target: number | string, amount: Amount): Receipt;
  reserve(client: string, server: string, amount: Amount, consensus?: number | string): Receipt;
  thaw(client: string, server: string, amount: Amount, consensus?: number | string): Receipt;

  /** A paid call off the chain in this epoch: both sides sign, the server keeps what this returns. */
  serve(client: string, server: string, options: ServeOptions): StoredReceipt;
  /** Hands in all that a server has kept of an epoch, as its consensus module prepares it. */
  claim(server: string, epoch: number): Promise<readonly Receipt[]>;

  snapshot(): Snapshot;
  revert(snapshot: Snapshot): void;
}
