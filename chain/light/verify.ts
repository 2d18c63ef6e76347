/**
 * Light verification: which header to believe after one that is believed already, without executing anything. The rules
 * are those of the CometBFT light client specification (spec/light-client/verification); docs/protocol/sync.md says
 * what differs.
 */
import type { Check, Hex } from '../../consensus/interface/index.ts';
import { verifySignature } from '../crypto/index.ts';
import { LightError, type LightErrorCode } from '../errors.ts';
import type { Commit, Header } from '../format/block.ts';
import type { ValidatorSet } from '../format/entities.ts';
import { commitChecks, isQuorum, requireSignatures, totalPower } from '../kernel/commit.ts';
import { blockHash, validatorsHash } from '../kernel/header.ts';
import type { LightBlock } from './format.ts';

/** What somebody believes: a final block, and who votes on the one after it. Height 0 is the genesis. */
export interface Trusted {
  readonly chainId: string;
  readonly height: number;
  /** Of the block; the genesis' own at height 0. */
  readonly hash: Hex;
  /** Milliseconds. */
  readonly time: number;
  readonly epoch: number;
  readonly nextValidators: ValidatorSet;
}

export interface LightOptions {
  /** Milliseconds since 1970: the clock of whoever verifies. */
  readonly now: number;
  /**
   * Milliseconds after the time of a trusted header in which its validators can still be held to account: shorter than
   * their stake takes to thaw. null: they are believed for as long as the chain lives, as a node believes a genesis.
   */
  readonly trustingPeriod: number | null;
  /**
   * How much of the trusted power must have signed a header that is not the next one: more than a third, as long as
   * faulty validators can be held to account, or more than two thirds, which takes as many faulty ones as it takes to
   * forge the chain block by block.
   */
  readonly overlap: 'third' | 'two thirds';
  /** Epochs of a devnet go back when its state does. */
  readonly devnet?: boolean;
  readonly verify?: (check: Check) => boolean;
}

/** Milliseconds that a header may be ahead of the clock. */
export const MAX_LIGHT_DRIFT = 10_000;

/** Whether this much of the power holds an honest validator if fewer than a third are faulty: more than one third. */
export const isOverlap = (power: number, total: number): boolean => power * 3 > total;

export const trustedOf = ({ header, nextValidators }: LightBlock): Trusted => ({
  chainId: header.chainId,
  height: header.height,
  hash: blockHash(header),
  time: header.time,
  epoch: header.epoch,
  nextValidators,
});

/**
 * Verifies a header above a trusted one, and returns it, to be trusted next. Throws {@link LightError}, where
 * OVERLAP_TOO_SMALL means "not from here" and everything else "never", or CommitError of the certificate.
 */
export function verifyLight(trusted: Trusted, block: LightBlock, options: LightOptions): Trusted {
  return block.header.height === trusted.height + 1
    ? verifyAdjacent(trusted, block, options)
    : verifySkipping(trusted, block, options);
}

/** Verifies the header right above a trusted one, whose next validators must have voted on it. Throws as {@link verifyLight}. */
export function verifyAdjacent(trusted: Trusted, block: LightBlock, options: LightOptions): Trusted {
  const { header } = block;
  requireLater(trusted, header, options);
  if (header.height !== trusted.height + 1)
    throw refusal('NOT_LATER', `height ${header.height} does not follow ${trusted.height}`);
  if (header.parentHash !== trusted.hash)
    throw refusal('WRONG_PARENT', `block ${header.height} has another parent than the trusted one`);
  requireSets(block);
  if (header.validatorsHash !== validatorsHash(trusted.nextValidators))
    throw refusal('OTHER_VALIDATORS', `block ${header.height} names other validators than its parent`);
  requireSignatures(checksOf(block), options.verify ?? verifySignature);
  return trustedOf(block);
}

/**
 * Verifies a header any number of heights above a trusted one: more than two thirds of its own validators signed it,
 * and enough of the trusted ones among them, so that an honest one is. One bad signature refuses the certificate
 * whole. Throws as {@link verifyLight}.
 */
export function verifySkipping(trusted: Trusted, block: LightBlock, options: LightOptions): Trusted {
  requireLater(trusted, block.header, options);
  requireSets(block);
  const checks = checksOf(block);
  const power = powerBehind(block.commit, trusted.nextValidators);
  const total = totalPower(trusted.nextValidators);
  const enough = options.overlap === 'third' ? isOverlap : isQuorum;
  if (!enough(power, total))
    throw refusal(
      'OVERLAP_TOO_SMALL',
      `of the validators trusted at ${trusted.height} those with power ${power} of ${total} signed block ${block.header.height}`,
    );
  requireSignatures(checks, options.verify ?? verifySignature);
  return trustedOf(block);
}

function requireLater(trusted: Trusted, header: Header, options: LightOptions): void {
  const { now, trustingPeriod, devnet = false } = options;
  if (header.chainId !== trusted.chainId)
    throw refusal('OTHER_CHAIN', `a header of chain ${header.chainId}, not ${trusted.chainId}`);
  if (trustingPeriod !== null && now - trusted.time >= trustingPeriod)
    throw refusal('TRUST_EXPIRED', `the header trusted at ${trusted.height} is ${now - trusted.time} ms old`);
  if (header.height <= trusted.height)
    throw refusal('NOT_LATER', `height ${header.height} is not above ${trusted.height}`);
  if (header.time <= trusted.time)
    throw refusal('WRONG_TIME', `time ${header.time} is not above ${trusted.time}`);
  if (header.time > now + MAX_LIGHT_DRIFT)
    throw refusal('FROM_FUTURE', `time ${header.time} is ${header.time - now} ms ahead`);
  if (header.epoch < trusted.epoch && !devnet)
    throw refusal('WRONG_EPOCH', `epoch ${header.epoch} is before ${trusted.epoch}`);
}

/** The sets that come along are those of the header. */
function requireSets({ header, validators, nextValidators }: LightBlock): void {
  if (validatorsHash(validators) !== header.validatorsHash)
    throw refusal('OTHER_VALIDATORS', `these are not the validators of block ${header.height}`);
  if (validatorsHash(nextValidators) !== header.nextValidatorsHash)
    throw refusal('OTHER_VALIDATORS', `these are not the validators after block ${header.height}`);
}

const checksOf = ({ header, commit, validators }: LightBlock): Check[] =>
  commitChecks(commit, { height: header.height, hash: blockHash(header) }, validators, header.chainId);

/** Power that signers have in another set than their own. Signers are distinct once {@link commitChecks} passed. */
function powerBehind({ signatures }: Commit, validators: ValidatorSet): number {
  const signers = new Set(signatures.map(({ validator }) => validator));
  return totalPower(validators.filter(({ validator }) => signers.has(validator)));
}

const HINTS: Readonly<Record<LightErrorCode, string>> = {
  OTHER_CHAIN: 'Ask a node of the chain whose genesis is trusted.',
  WRONG_HEIGHT: 'Ask another node.',
  NOT_LATER: 'Ask for a height above the trusted one.',
  WRONG_TIME: 'The headers contradict one another: ask another node.',
  WRONG_EPOCH: 'The headers contradict one another: ask another node.',
  FROM_FUTURE: 'Set the clock right, or ask another node.',
  TRUST_EXPIRED: 'Take a newer trusted header from someone you trust.',
  WRONG_PARENT: 'The header is of another chain or forged: ask another node.',
  OTHER_VALIDATORS: 'The header is of another chain or forged: ask another node.',
  OVERLAP_TOO_SMALL: 'Verify a header in between first.',
};

const refusal = (code: LightErrorCode, message: string): LightError =>
  new LightError(code, message, HINTS[code]);
