/** Blocks, one transaction each, on the chain's own state transition; no network, disk or clock. */
import {
  BlockError,
  ChainError,
  type CheckedTransaction,
  checkedTransaction,
  type Execution,
  eventCodec,
  executeBlock,
  type Genesis,
  genesisState,
  getAccount,
  getEpoch,
  invariants,
  type KernelCall,
  listConsensus,
  type Mechanisms,
  ModuleFault,
  SignedTransaction,
  type State,
  signingBytes,
  TOKEN,
  Transaction,
  transactionChecks,
} from '../../chain/index.ts';
import { type Account, decode, encode } from '../../consensus/interface/index.ts';
import { CallFailed, InvariantBroken, MechanismCrashed } from './errors.ts';
import { accountOf, isRight, standIn } from './people.ts';
import { CHAIN_ID, type Setup, VALIDATOR } from './setup.ts';
import type { LoggedEvent, Receipt } from './types.ts';

/** What a chain is at one moment. */
export interface Moment {
  readonly state: State;
  readonly height: number;
  readonly time: number;
  readonly events: readonly LoggedEvent[];
}

const BLOCK_TIME = 1_000;
const FEE_LIMIT = 1_000n * TOKEN;
/** A close that goes on for longer never ends; the chain itself gives up after many epochs. */
const MAX_CLOSE_BLOCKS = 1_000;

export class Core {
  readonly genesis: Genesis;
  readonly mechanisms: Mechanisms;
  readonly #check: boolean;
  moment: Moment;
  /** Milliseconds that the next block comes later than it would. */
  delay = 0;

  constructor({ genesis, mechanisms }: Setup, check: boolean) {
    this.genesis = genesis;
    this.mechanisms = mechanisms;
    this.#check = check;
    const { state } = genesisState(genesis, mechanisms);
    this.moment = { state, height: 0, time: genesis.time, events: [] };
    this.#requireInvariants();
  }

  get epoch(): number {
    return getEpoch(this.moment.state).number;
  }

  /** One transaction in a block of its own. `what` is for the error. */
  submit(from: string, call: KernelCall, what: string = call.kind): Receipt {
    const place = `${what} by ${from} at height ${this.moment.height + 1}`;
    const [outcome] = this.#block(place, () => [this.#transaction(accountOf(from), call)]).execution.outcomes
      .transactions;
    if (outcome === undefined) throw new TypeError('a transaction without an outcome');
    if (outcome.failure !== null) throw new CallFailed(place, outcome.failure);
    const { height } = this.moment;
    return {
      height,
      events: outcome.events.map(one => this.#seen(one)),
      weight: outcome.weight,
      fee: outcome.fee,
    };
  }

  mine(blocks: number): readonly LoggedEvent[] {
    const before = this.moment.events.length;
    for (let made = 0; made < blocks; made++) this.#empty();
    return this.moment.events.slice(before);
  }

  advanceEpoch(): readonly LoggedEvent[] {
    const before = this.moment.events.length;
    this.submit(VALIDATOR, { kind: 'dev', operation: { kind: 'advanceEpoch' } }, 'the end of the epoch');
    for (let blocks = 0; blocks < MAX_CLOSE_BLOCKS; blocks++) {
      this.#empty();
      const closing = listConsensus(this.moment.state).find(entry => entry.closing.length > 0);
      if (closing === undefined) return this.moment.events.slice(before);
    }
    throw new CallFailed(`the close of epoch ${this.epoch - 1}`, {
      code: 'ENDLESS',
      message: `it asks for more after ${MAX_CLOSE_BLOCKS} blocks`,
    });
  }

  #empty(): void {
    const { execution, height } = this.#block(`block ${this.moment.height + 1}`, () => []);
    for (const { consensus, epoch, failure } of execution.outcomes.system)
      if (failure !== null)
        throw new CallFailed(
          `${this.#nameOf(consensus)}, closing epoch ${epoch} at height ${height}`,
          failure,
        );
  }

  #block(
    what: string,
    transactions: () => readonly CheckedTransaction[],
  ): { execution: Execution; height: number } {
    const { state, height, time, events } = this.moment;
    const input = {
      height: height + 1,
      time: time + BLOCK_TIME + this.delay,
      proposer: accountOf(VALIDATOR),
      evidence: [],
    };
    const execution = this.#understandably(what, () =>
      executeBlock(state, { ...input, transactions: transactions() }, this.mechanisms),
    );
    this.delay = 0;
    this.moment = { state: execution.state, height: input.height, time: input.time, events };
    const { outcomes } = execution;
    const all = [
      ...outcomes.events,
      ...outcomes.system.flatMap(step => step.events),
      ...outcomes.transactions.flatMap(outcome => outcome.events),
    ];
    if (all.length > 0)
      this.moment = { ...this.moment, events: [...events, ...all.map(one => this.#seen(one))] };
    this.#requireInvariants();
    return { execution, height: input.height };
  }

  /** A refusal before the block, one inside it, and a crash, each as what it is. */
  #understandably<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const refusal = error instanceof BlockError ? error.cause : error;
      if (refusal instanceof ChainError) throw new CallFailed(what, refusal);
      if (error instanceof ModuleFault) {
        const { consensus, method } = error.place;
        throw new MechanismCrashed(`${this.#nameOf(consensus)}, ${method}, in ${what}`, error.cause);
      }
      throw error;
    }
  }

  #transaction(sender: Account, call: KernelCall): CheckedTransaction {
    const transaction: Transaction = {
      chainId: CHAIN_ID,
      sender,
      nonce: getAccount(this.moment.state, sender).nonce,
      feeLimit: FEE_LIMIT,
      expiry: null,
      call,
    };
    const message = signingBytes('transaction', encode(Transaction, transaction));
    const signed = { transaction, signature: standIn(sender, message) };
    const { own, call: asked } = transactionChecks(signed, this.mechanisms, CHAIN_ID);
    return checkedTransaction(encode(SignedTransaction, signed), signed, [own, ...asked].map(isRight));
  }

  #seen({ source, name, data }: Execution['outcomes']['events'][number]): LoggedEvent {
    const codec = eventCodec(source, name, this.mechanisms);
    if (codec === undefined) throw new TypeError(`the event ${name} has no codec`);
    return { height: this.moment.height, source: this.#nameOf(source), name, data: decode(codec, data) };
  }

  #nameOf(consensus: number | null): string {
    if (consensus === null) return 'chain';
    return this.mechanisms.get(consensus)?.info.name ?? `consensus ${consensus}`;
  }

  #requireInvariants(): void {
    if (!this.#check) return;
    const broken = invariants(this.moment.state);
    if (broken.length > 0) throw new InvariantBroken(this.moment.height, broken);
  }
}
