/**
 * An adversary that acts: well-formed messages under its own key that tell each recipient something else. A random
 * network and twins alone miss defects that only a lie shows (ordering.md).
 */
import type { Commit, ValidatorSet } from '../../../chain/index.ts';
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import type { CoreMessage, Value } from '../../../node/ordering/tendermint/types.ts';
import type { Random } from './choices.ts';
import { invented, type Signatures } from './signatures.ts';

/** Blocks and polkas kept to lie with. */
const MAX_KNOWN = 16;

interface Proved {
  readonly value: Value;
  readonly polka: Commit;
}

export class Liar {
  readonly #random: Random;
  readonly #signatures: Signatures;
  /** How many messages it keeps to itself. */
  readonly #silence: number;
  readonly #known: Value[] = [];
  readonly #proved: Proved[] = [];

  constructor(random: Random, signatures: Signatures, silence: number) {
    this.#random = random;
    this.#signatures = signatures;
    this.#silence = silence;
  }

  /** Whatever anybody sends: a block to vote for, a polka to propose an old block with. */
  learn(message: CoreMessage): void {
    if (message.kind === 'vote') return;
    const { value } = message;
    const polka = message.kind === 'polka' ? message.certificate : message.polka;
    this.#keep(this.#known, value);
    if (polka !== null) this.#keep(this.#proved, { value, polka });
  }

  #keep<T>(list: T[], item: T): void {
    if (list.length < MAX_KNOWN) list.push(item);
    else list[this.#random.below(MAX_KNOWN)] = item;
  }

  /** The message for one recipient: the true one, another one, or none. */
  tell(message: CoreMessage, own: Account, voters: ValidatorSet, newValue: () => Value): CoreMessage | null {
    const random = this.#random;
    if (random.chance(this.#silence)) return null;
    if (!random.chance(0.5)) return message;
    // Votes of others it can pass on or keep, but not sign.
    if (message.kind === 'vote') return message.vote.validator === own ? this.#otherVote(message) : message;
    if (message.kind === 'polka') return this.#otherPolka(message, voters);
    if (random.chance(0.4)) return this.#oldProposal(message) ?? message;
    return this.#otherProposal(message, voters, newValue);
  }

  #otherVote({ vote }: Extract<CoreMessage, { kind: 'vote' }>): CoreMessage {
    const random = this.#random;
    const other = {
      ...vote,
      kind: random.chance(0.2) ? ('precommit' as const) : vote.kind,
      round: random.chance(0.1) ? vote.round + random.below(12) : vote.round,
      blockHash: this.#anyHash(),
    };
    return { kind: 'vote', vote: { ...other, signature: this.#signatures.vote(other) } };
  }

  #anyHash(): Hex | null {
    return this.#random.chance(0.3) ? null : (this.#random.pick(this.#known)?.hash ?? null);
  }

  #otherPolka(
    { certificate: { height, round }, value }: Extract<CoreMessage, { kind: 'polka' }>,
    voters: ValidatorSet,
  ): CoreMessage | null {
    if (this.#random.chance(0.5)) return null;
    const other = this.#random.pick(this.#known) ?? value;
    return { kind: 'polka', value: other, certificate: forged(height, round, other.hash, voters) };
  }

  /** A block that had its polka once, while others may have locked on a newer one. */
  #oldProposal(message: Extract<CoreMessage, { kind: 'proposal' }>): CoreMessage | null {
    const { height, round } = message.proposal;
    const old = this.#random.pick(this.#proved);
    if (old === undefined || old.polka.height !== height || old.polka.round >= round) return null;
    const { value, polka } = old;
    const proposal = { ...message.proposal, validRound: polka.round, blockHash: value.hash };
    const signature = this.#signatures.proposal(proposal);
    return { kind: 'proposal', value, polka, proposal: { ...proposal, signature } };
  }

  #otherProposal(
    message: Extract<CoreMessage, { kind: 'proposal' }>,
    voters: ValidatorSet,
    newValue: () => Value,
  ): CoreMessage {
    const random = this.#random;
    const { height, round } = message.proposal;
    const value = random.chance(0.6) ? this.#anyValue(newValue) : message.value;
    const validRound = round > 0 && random.chance(0.6) ? random.below(round) : null;
    const isProved = message.polka?.round === validRound && value === message.value;
    const other = random.chance(0.5) ? forged(height, validRound ?? 0, value.hash, voters) : null;
    const proposal = { ...message.proposal, validRound, blockHash: value.hash };
    return {
      kind: 'proposal',
      value,
      polka: validRound === null ? null : isProved ? message.polka : other,
      proposal: { ...proposal, signature: this.#signatures.proposal(proposal) },
    };
  }

  #anyValue(newValue: () => Value): Value {
    return (this.#random.chance(0.5) ? this.#random.pick(this.#known) : undefined) ?? newValue();
  }
}

/** A certificate that names everyone: these signatures were never made. */
function forged(height: number, round: number, blockHash: Hex, voters: ValidatorSet): Commit {
  const signatures = voters.map(({ validator }) => ({ validator, signature: invented() }));
  return { height, round, blockHash, signatures };
}
