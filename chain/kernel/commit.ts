import { type Check, encode, type Hex } from '../../consensus/interface/index.ts';
import { SCHEMES, signingBytes, verifySignature } from '../crypto/index.ts';
import { CommitError } from '../errors.ts';
import { type Commit, VoteBody } from '../format/block.ts';
import type { ValidatorSet } from '../format/entities.ts';

/** The bytes that a vote's signature covers; the chain id is among them. */
export const voteBytes = (vote: VoteBody): Uint8Array => signingBytes('vote', encode(VoteBody, vote));

/** Whether this much of the power decides: more than two thirds. */
export const isQuorum = (power: number, total: number): boolean => power * 3 > total * 2;

export const totalPower = (validators: ValidatorSet): number =>
  validators.reduce((sum, { power }) => sum + power, 0);

/**
 * The signatures to verify before a certificate proves that a block is final. Throws {@link CommitError} where no
 * signature could help: another block, validators unknown, twice or out of order, no quorum.
 */
export function commitChecks(
  commit: Commit,
  block: { readonly height: number; readonly hash: Hex },
  validators: ValidatorSet,
  chainId: string,
): Check[] {
  const { height, round, blockHash } = commit;
  if (height !== block.height)
    throw new CommitError('WRONG_HEIGHT', `it is for height ${height}, not ${block.height}`);
  if (blockHash !== block.hash) throw new CommitError('WRONG_BLOCK', 'it is for another block');
  requireAscending(commit);
  const power = commit.signatures.reduce((sum, { validator }) => sum + powerOf(validators, validator), 0);
  if (!isQuorum(power, totalPower(validators)))
    throw new CommitError('NO_QUORUM', `power ${power} of ${totalPower(validators)} is not above two thirds`);
  const message = voteBytes({ chainId, kind: 'precommit', height, round, blockHash });
  return commit.signatures.map(({ validator, signature }) => {
    if (signature[0] !== SCHEMES.ed25519)
      throw new CommitError('NOT_ED25519', 'validators sign with ed25519');
    return { account: validator, signature, message };
  });
}

/** Whether a certificate proves that a block is final; one bad signature refuses it whole. Throws {@link CommitError}. */
export function verifyCommit(
  commit: Commit,
  block: { readonly height: number; readonly hash: Hex },
  validators: ValidatorSet,
  chainId: string,
  verify: (check: Check) => boolean = verifySignature,
): void {
  requireSignatures(commitChecks(commit, block, validators, chainId), verify);
}

/** One bad signature refuses all of them. Throws {@link CommitError}. */
export function requireSignatures(checks: readonly Check[], verify: (check: Check) => boolean): void {
  const wrong = checks.find(check => !verify(check));
  if (wrong !== undefined)
    throw new CommitError('BAD_SIGNATURE', `the signature of ${wrong.account} is wrong`);
}

function requireAscending({ signatures }: Commit): void {
  for (const [index, { validator }] of signatures.entries()) {
    const before = signatures[index - 1]?.validator;
    if (before !== undefined && before >= validator)
      throw new CommitError('NOT_ASCENDING', 'its validators are not in ascending order');
  }
}

function powerOf(validators: ValidatorSet, wanted: Hex): number {
  const found = validators.find(({ validator }) => validator === wanted);
  if (found === undefined) throw new CommitError('UNKNOWN_VALIDATOR', `${wanted} is no validator`);
  return found.power;
}
