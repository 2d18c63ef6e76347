/**
 * A chain in one process without network, clock or disk: named accounts submit calls, each in a block of its own, and
 * the invariants are checked after every block. For tests of the kernel and of consensus modules.
 */
import assert from 'node:assert/strict';
import {
  type CheckedEvidence,
  type CheckedTransaction,
  type Code,
  checkedTransaction,
  DEFAULT_RULES,
  type Execution,
  eventCodec,
  executeBlock,
  type Genesis,
  genesisState,
  getAccount,
  getEpoch,
  invariants,
  type KernelCall,
  type KeyPair,
  keyPairFromUri,
  type Mechanisms,
  mechanismsIn,
  type Outcome,
  SCHEMES,
  type Scheme,
  SignedTransaction,
  type State,
  signingBytes,
  TOKEN,
  Transaction,
  transactionChecks,
  verifySignature,
} from '../../chain/index.ts';
import { builtinGenesis, consensus0 } from '../../consensus/index.ts';
import { type Account, decode, encode } from '../../consensus/interface/index.ts';

export const CHAIN_ID = 'test-chain';
export const GENESIS_TIME = 1_700_000_000_000;
/** The account that makes the blocks, earns the fees and has the dev powers. */
export const VALIDATOR = 'Validator';

export interface TestChainOptions {
  /** Named accounts, each funded with 1,000 tokens. */
  readonly accounts?: readonly string[];
  readonly genesis?: Partial<Genesis>;
  /** Default: consensus-0 under id 0. With others, list them in `genesis.consensus` too. */
  readonly mechanisms?: Mechanisms;
  /** Where ids have several versions: all of them. */
  readonly code?: Code;
  /** Off for histories so long that checking the whole state after each block would dominate. */
  readonly checkInvariants?: boolean;
}

/** Fields of a transaction that a test wants to be otherwise than right. */
export type Wrong = Partial<Omit<Transaction, 'call'>> & {
  readonly authentic?: boolean;
  readonly scheme?: Scheme;
};

export interface TestChain {
  readonly genesis: Genesis;
  readonly mechanisms: Mechanisms;
  readonly state: State;
  readonly height: number;
  readonly epoch: number;
  /** A transaction with the next nonce of its sender. Its own signature is taken as right, those of its call are not. */
  transaction(from: string, call: KernelCall, wrong?: Wrong): CheckedTransaction;
  /** A block of these. */
  block(transactions?: readonly CheckedTransaction[], evidence?: readonly CheckedEvidence[]): Execution;
  /** One call in a block of its own. */
  submit(from: string, call: KernelCall, wrong?: Wrong): Outcome;
  /** The same, which must succeed. */
  ok(from: string, call: KernelCall): Outcome;
  /** The same, which must fail with this code. */
  fails(from: string, code: string, call: KernelCall): void;
  /** Empty blocks up to the first block of the next epoch, or of the one that many later; its execution. */
  nextEpoch(epochs?: number): Execution;
  free(name: string): bigint;
  /** An independent copy at this point. */
  fork(): TestChain;
}

const keys = new Map<string, KeyPair>();

/** The key of a name: the well-known development key `//Name`. */
export function keyOf(name: string, scheme: Scheme = name === VALIDATOR ? 'ed25519' : 'sr25519'): KeyPair {
  const known = keys.get(`${scheme}${name}`);
  if (known !== undefined) return known;
  const made = keyPairFromUri(`//${name}`, scheme);
  keys.set(`${scheme}${name}`, made);
  return made;
}

export const accountOf = (name: string): Account => keyOf(name).account;

export function testGenesis({ accounts = ['Alice', 'Bob'], genesis = {} }: TestChainOptions = {}): Genesis {
  return {
    chainId: CHAIN_ID,
    time: GENESIS_TIME,
    epochLength: 5,
    graceEpochs: 2,
    unstakeEpochs: 3,
    slashBps: 500,
    feePerWeight: 10n,
    maxBlockWeight: 50_000_000,
    maxBlockBytes: 2 * 1024 * 1024,
    accounts: [...accounts, VALIDATOR].map(name => ({ account: accountOf(name), free: 1000n * TOKEN })),
    validators: [{ validator: accountOf(VALIDATOR), stake: 100n * TOKEN }],
    consensus: builtinGenesis(),
    devAuthority: accountOf(VALIDATOR),
    devnet: true,
    governance: DEFAULT_RULES,
    ...genesis,
  };
}

export function createTestChain(options: TestChainOptions = {}): TestChain {
  const genesis = testGenesis(options);
  const mechanisms = options.mechanisms ?? new Map([[0, consensus0]]);
  const code = options.code ?? mechanisms;
  const { state } = genesisState(genesis, code);
  const check = options.checkInvariants ?? true;
  if (check) assert.deepEqual(invariants(state), []);
  return chainFrom(genesis, { mechanisms, code }, check, state, 0);
}

function chainFrom(
  genesis: Genesis,
  loaded: { readonly mechanisms: Mechanisms; readonly code: Code },
  check: boolean,
  start: State,
  startHeight: number,
): TestChain {
  let state = start;
  let height = startHeight;

  const chain: TestChain = {
    genesis,
    get mechanisms() {
      return loaded.code === loaded.mechanisms ? loaded.mechanisms : mechanismsIn(state, loaded.code);
    },
    get state() {
      return state;
    },
    get height() {
      return height;
    },
    get epoch() {
      return getEpoch(state).number;
    },
    transaction: (from, call, wrong = {}) => transactionOf(chain, from, call, wrong),
    block(transactions = [], evidence = []) {
      const input = {
        height: height + 1,
        time: GENESIS_TIME + (height + 1) * 1000,
        proposer: accountOf(VALIDATOR),
        evidence,
        transactions,
      };
      const execution = executeBlock(state, input, loaded.code);
      state = execution.state;
      height = input.height;
      if (check) assert.deepEqual(invariants(state), [], `after block ${height}`);
      return execution;
    },
    submit(from, call, wrong) {
      const outcome = chain.block([chain.transaction(from, call, wrong)]).outcomes.transactions[0];
      assert.ok(outcome);
      return outcome;
    },
    ok(from, call) {
      const outcome = chain.submit(from, call);
      assert.equal(outcome.failure, null, `${call.kind}: ${outcome.failure?.message}`);
      return outcome;
    },
    fails(from, code, call) {
      const { failure } = chain.submit(from, call);
      assert.equal(failure?.code, code, `${call.kind}: ${failure?.message ?? 'it succeeded'}`);
    },
    nextEpoch(epochs = 1) {
      const target = chain.epoch + epochs;
      for (;;) {
        const execution = chain.block();
        if (execution.epoch >= target) return execution;
      }
    },
    free: name => getAccount(state, accountOf(name)).free,
    fork: () => chainFrom(genesis, loaded, check, state, height),
  };
  return chain;
}

function transactionOf(chain: TestChain, from: string, call: KernelCall, wrong: Wrong): CheckedTransaction {
  const { authentic = true, scheme = keyOf(from).scheme, ...fields } = wrong;
  const sender = accountOf(from);
  const transaction: Transaction = {
    chainId: CHAIN_ID,
    sender,
    nonce: getAccount(chain.state, sender).nonce,
    feeLimit: TOKEN,
    expiry: null,
    call,
    ...fields,
  };
  const signed = { transaction, signature: Uint8Array.of(SCHEMES[scheme], ...new Uint8Array(64)) };
  const checks = transactionChecks(signed, chain.mechanisms, CHAIN_ID);
  const results = [authentic, ...checks.call.map(verifySignature)];
  return checkedTransaction(encode(SignedTransaction, signed), signed, results, checks);
}

/** A call signed for real, as it travels. */
export function signedBytes(from: string, call: KernelCall, fields: Partial<Transaction> = {}): Uint8Array {
  const key = keyOf(from);
  const transaction: Transaction = {
    chainId: CHAIN_ID,
    sender: key.account,
    nonce: 0,
    feeLimit: TOKEN,
    expiry: null,
    call,
    ...fields,
  };
  const signature = key.sign(signingBytes('transaction', encode(Transaction, transaction)));
  return encode(SignedTransaction, { transaction, signature });
}

/** Names and decoded data of events, for comparing. */
export const readEvents = (
  events: Outcome['events'],
  mechanisms?: Mechanisms,
): readonly { readonly name: string; readonly data: unknown }[] =>
  events.map(({ source, name, data }) => {
    const codec = eventCodec(source, name, mechanisms);
    assert.ok(codec, `event ${name} has no codec`);
    return { name, data: decode(codec, data) };
  });
