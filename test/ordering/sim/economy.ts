/** A small economy for kernelBlocks: people, two modules, a mechanism, and what they do in a block. */
import {
  type CheckedTransaction,
  checkedTransaction,
  DEFAULT_RULES,
  type Genesis,
  genesisState,
  getAccount,
  getEpoch,
  hashOf,
  type KernelCall,
  LinkTerms,
  type Mechanisms,
  SCHEMES,
  SignedTransaction,
  type State,
  TOKEN,
  type Transaction,
  transactionChecks,
  transactionHash,
  type ValidatorSet,
} from '../../../chain/index.ts';
import { Claim } from '../../../consensus/consensus-0/index.ts';
import { type Account, encode, type Hex, ok } from '../../../consensus/interface/index.ts';
import { linkTerms, onValidator, registerModule, transfer } from '../../support/calls.ts';
import { type Behaviour, callProbe, withProbe } from '../../support/probe.ts';
import { accountNumber } from './blocks.ts';

export const CHAIN_ID = 'simulation';
const GENESIS_TIME = 1_700_000_000_000;

const [alice, bob, carol] = [accountNumber(0xc1), accountNumber(0xc2), accountNumber(0xc3)];

const storing = (value: () => number): Behaviour => ({
  apply: (_, __, { args: { number } }) =>
    ok([{ op: 'put', key: Uint8Array.of(number), value: Uint8Array.of(value() & 0xff) }]),
});

const sound = withProbe(storing(() => 1));

/** What all nodes run. */
export const SOUND_CODE: Mechanisms = sound.mechanisms ?? new Map();

let drift = 0;
/** What a node runs whose mechanism gives something else each time. */
export const DRIFTING: Mechanisms = withProbe(storing(() => 2 + (drift++ % 250))).mechanisms ?? new Map();

interface Fixture {
  readonly state: State;
  readonly hash: Hex;
  readonly time: number;
}

const fixtures = new Map<string, Fixture>();

/** The state before the first block. */
export function fixture(validators: ValidatorSet, epochLength: number): Fixture {
  const key = `${epochLength}/${validators.map(({ validator, power }) => `${validator}:${power}`).join()}`;
  const known = fixtures.get(key);
  if (known !== undefined) return known;
  const genesis = genesisOf(validators, epochLength);
  const { state, hash } = genesisState(genesis, SOUND_CODE);
  const made = { state, hash, time: GENESIS_TIME };
  fixtures.set(key, made);
  return made;
}

/** Everybody who may ever be a validator has money to stake. */
function genesisOf(validators: ValidatorSet, epochLength: number): Genesis {
  const people = [alice, bob, carol, ...validators.map(({ validator }) => validator), CANDIDATE];
  return {
    chainId: CHAIN_ID,
    time: GENESIS_TIME,
    epochLength,
    graceEpochs: 2,
    unstakeEpochs: 1,
    slashBps: 500,
    feePerWeight: 10n,
    maxBlockWeight: 50_000_000,
    maxBlockBytes: 1024 * 1024,
    accounts: people.map(account => ({ account, free: 1000n * TOKEN })),
    validators: validators.map(({ validator, power }) => ({ validator, stake: BigInt(power) * TOKEN })),
    consensus: sound.genesis?.consensus ?? [],
    devAuthority: null,
    devnet: true,
    governance: DEFAULT_RULES,
  };
}

/** Somebody who is no validator at first. */
export const CANDIDATE = accountNumber(0xaf);

type Deed = readonly [sender: Account, call: KernelCall];

const terms = linkTerms(0, 1);

/** A claim of Alice's for one call of Bob's; its signature counts as right. */
function claim(epoch: number): KernelCall {
  const signature = Uint8Array.of(SCHEMES.ed25519, ...new Uint8Array(64));
  const call = {
    terms: 0,
    paramsHash: terms0,
    time: 0,
    nonce: epoch + 1,
    tally: null,
    signature,
    cost: null,
  };
  const args = encode(Claim, {
    epoch,
    time: GENESIS_TIME,
    terms: [{ fn: 'echo', maxUsage: 10n, server: null, epoch: null }],
    rows: [{ client: bob, tally: null, receipts: [call] }],
  });
  return { kind: 'call', consensus: 0, method: 'claim', args, value: 0n };
}
const terms0 = accountNumber(0xf00d);

/** What a block may hold, by number. Some of it is refused when its time has not come: that is a result as well. */
const DEEDS: readonly ((epoch: number) => readonly Deed[])[] = [
  () => [],
  () => [
    [alice, registerModule('router')],
    [bob, registerModule('worker')],
    [bob, { kind: 'reserve', consensus: 0, server: alice, amount: 5n * TOKEN }],
    [carol, transfer(bob)],
  ],
  () => [
    [CANDIDATE, { kind: 'stake', target: onValidator(CANDIDATE), amount: TOKEN }],
    [alice, transfer(carol)],
  ],
  () => [
    [accountNumber(0xa1), { kind: 'unstake', target: onValidator(accountNumber(0xa1)), amount: TOKEN }],
    [accountNumber(0xa2), { kind: 'stake', target: onValidator(accountNumber(0xa2)), amount: TOKEN }],
  ],
  epoch => [
    [alice, { kind: 'proposeLink', terms, expires: epoch + 2 }],
    [bob, { kind: 'acceptLink', parent: 0, child: 1, termsHash: hashOf(LinkTerms, terms) }],
    [alice, claim(Math.max(0, epoch - 1))],
    [carol, callProbe(0n, epoch & 0xff)],
  ],
];
export const BUNDLES = DEEDS.length;

const known = new Map<Hex, CheckedTransaction>();
const bundles = new Map<string, readonly CheckedTransaction[]>();

/** The transactions of a bundle for a block on top of this state. */
export function bundle(state: State, number: number): readonly CheckedTransaction[] {
  const key = `${state.root}/${number}`;
  const made = bundles.get(key) ?? makeBundle(state, number);
  if (bundles.size >= 10_000) bundles.clear();
  bundles.set(key, made);
  return made;
}

function makeBundle(state: State, number: number): CheckedTransaction[] {
  const used = new Map<Account, number>();
  const deeds = DEEDS[number]?.(getEpoch(state).number) ?? [];
  return deeds.map(([sender, call]) => {
    const offset = used.get(sender) ?? 0;
    used.set(sender, offset + 1);
    return checked(sender, getAccount(state, sender).nonce + offset, call);
  });
}

function checked(sender: Account, nonce: number, call: KernelCall): CheckedTransaction {
  const transaction: Transaction = {
    chainId: CHAIN_ID,
    sender,
    nonce,
    feeLimit: TOKEN,
    expiry: null,
    call,
  };
  const signed = { transaction, signature: Uint8Array.of(SCHEMES.ed25519, ...new Uint8Array(64)) };
  const encoded = encode(SignedTransaction, signed);
  const { call: checks } = transactionChecks(signed, SOUND_CODE, CHAIN_ID);
  const made = checkedTransaction(encoded, signed, [true, ...checks.map(() => true)]);
  known.set(made.hash, made);
  return made;
}

/** The verified form of a transaction that is in a block. Only transactions of this file are in blocks. */
export function verified(encoded: Uint8Array): CheckedTransaction {
  const found = known.get(transactionHash(encoded));
  if (found === undefined) throw new RangeError('a transaction that nobody made');
  return found;
}
