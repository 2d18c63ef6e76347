/** Chains of headers with real certificates and any validators, for light verification. */
import {
  BLOCK_VERSION,
  blockHash,
  type Commit,
  type Header,
  type KeyPair,
  keyPairFromUri,
  type LightBlock,
  type Trusted,
  type ValidatorSet,
  validatorsHash,
  voteBytes,
} from '../../chain/index.ts';
import type { Account, Hex } from '../../consensus/interface/index.ts';

export const CHAIN = 'light-chain';
const NOTHING: Hex = `0x${'00'.repeat(32)}`;
/** Milliseconds. */
export const START = 1_700_000_000_000;
export const BLOCK_MS = 1000;

const keys = Array.from({ length: 24 }, (_, index) => keyPairFromUri(`//Light//${index}`, 'ed25519'));
const keyOf = new Map<Account, KeyPair>(keys.map(key => [key.account, key]));

/** Index of a key -> power. */
export type Powers = Readonly<Record<number, number>>;

export const setOf = (powers: Powers): ValidatorSet =>
  Object.entries(powers)
    .map(([index, power]) => ({ validator: keyAt(Number(index)).account, power }))
    .sort((a, b) => (a.validator < b.validator ? -1 : 1));

function keyAt(index: number): KeyPair {
  const key = keys[index];
  if (key === undefined) throw new Error(`no key ${index}`);
  return key;
}

export const accountAt = (index: number): Account => keyAt(index).account;

/** The certificate of these validators for a header. */
export function certify(header: Header, signers: readonly Account[]): Commit {
  const { chainId, height } = header;
  const hash = blockHash(header);
  const message = voteBytes({ chainId, kind: 'precommit', height, round: 0, blockHash: hash });
  const signatures = [...signers].sort().map(validator => {
    const key = keyOf.get(validator);
    if (key === undefined) throw new Error(`no key of ${validator}`);
    return { validator, signature: key.sign(message) };
  });
  return { height, round: 0, blockHash: hash, signatures };
}

export interface HeaderParts {
  readonly height: number;
  readonly parentHash: Hex;
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
  readonly stateRoot?: Hex;
  readonly time?: number;
  readonly epoch?: number;
}

export const headerOf = (parts: HeaderParts): Header => ({
  version: BLOCK_VERSION,
  chainId: CHAIN,
  height: parts.height,
  time: parts.time ?? START + parts.height * BLOCK_MS,
  epoch: parts.epoch ?? Math.floor(parts.height / 10),
  parentHash: parts.parentHash,
  proposer: parts.validators[0]?.validator ?? NOTHING,
  transactionsRoot: NOTHING,
  evidenceRoot: NOTHING,
  stateRoot: parts.stateRoot ?? NOTHING,
  eventsRoot: NOTHING,
  lastCommitHash: NOTHING,
  validatorsHash: validatorsHash(parts.validators),
  nextValidatorsHash: validatorsHash(parts.nextValidators),
});

/** A light block that all of its validators signed, or those named. */
export function lightBlock(parts: HeaderParts, signers?: readonly Account[]): LightBlock {
  const header = headerOf(parts);
  const { validators, nextValidators } = parts;
  const commit = certify(header, signers ?? validators.map(({ validator }) => validator));
  return { header, commit, validators, nextValidators };
}

export interface LightChain {
  readonly genesis: Trusted;
  /** Of heights 1, 2, ... */
  readonly blocks: readonly LightBlock[];
  at(height: number): LightBlock;
}

/** A chain on which `sets[h - 1]` votes at height h; the last set stays. */
export function lightChain(sets: readonly ValidatorSet[]): LightChain {
  const setAt = (height: number): ValidatorSet => sets[Math.min(height, sets.length) - 1] ?? [];
  const genesis: Trusted = {
    chainId: CHAIN,
    height: 0,
    hash: NOTHING,
    time: START,
    epoch: 0,
    nextValidators: setAt(1),
  };
  const blocks: LightBlock[] = [];
  let parentHash = genesis.hash;
  for (let height = 1; height <= sets.length; height++) {
    const block = lightBlock({
      height,
      parentHash,
      validators: setAt(height),
      nextValidators: setAt(height + 1),
    });
    parentHash = blockHash(block.header);
    blocks.push(block);
  }
  const at = (height: number): LightBlock => {
    const block = blocks[height - 1];
    if (block === undefined) throw new Error(`no block ${height}`);
    return block;
  };
  return { genesis, blocks, at };
}
