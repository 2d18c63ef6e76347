/** Certificates: votes of more than two thirds of the power for one block. Structure here, signatures in bulk. */
import {
  type Commit,
  isQuorum,
  SCHEMES,
  totalPower,
  type ValidatorSet,
  voteBytes,
} from '../../chain/index.ts';
import type { Account, Check } from '../../consensus/interface/index.ts';
import type { Vote } from './messages.ts';

/** Validators sign with ed25519 only: a vote in another scheme would spoil every certificate that it gets into. */
export const isEd25519 = (signature: Uint8Array): boolean => signature[0] === SCHEMES.ed25519;

/** Who votes at a height. */
export interface Committee {
  readonly chainId: string;
  readonly height: number;
  readonly validators: ValidatorSet;
  readonly powers: ReadonlyMap<Account, number>;
  readonly proposer: (round: number) => Account;
}

export function committeeOf(
  chainId: string,
  height: number,
  validators: ValidatorSet,
  proposer: (round: number) => Account,
): Committee {
  const powers = new Map(validators.map(({ validator, power }) => [validator, power]));
  return { chainId, height, validators, powers, proposer };
}

/**
 * What is wrong with a certificate before any signature is looked at; undefined if nothing is. It needs strictly
 * ascending validators of this height that hold more than two thirds of the power.
 */
export function certificateProblem(certificate: Commit, committee: Committee): string | undefined {
  if (certificate.height !== committee.height)
    return `a certificate of height ${certificate.height} where height ${committee.height} is meant`;
  let power = 0;
  let previous = '';
  for (const { validator, signature } of certificate.signatures) {
    if (!isEd25519(signature)) return 'a certificate with a signature that is not ed25519';
    const own = committee.powers.get(validator);
    if (own === undefined) return `a certificate with ${validator}, who is no validator of this height`;
    if (validator <= previous) return 'a certificate whose validators do not ascend';
    previous = validator;
    power += own;
  }
  const total = totalPower(committee.validators);
  if (!isQuorum(power, total))
    return `a certificate of ${power} of ${total} power is not more than two thirds`;
  return undefined;
}

/** One check per signature. A certificate with one bad signature is refused whole. */
export function certificateChecks(certificate: Commit, kind: Vote['kind'], chainId: string): Check[] {
  const { height, round, blockHash, signatures } = certificate;
  const message = voteBytes({ chainId, kind, height, round, blockHash });
  return signatures.map(({ validator, signature }) => ({ account: validator, signature, message }));
}
