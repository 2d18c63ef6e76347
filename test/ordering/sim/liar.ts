/**
 * An adversary that acts: well-formed messages under its own key that tell each recipient something else. A random
 * network and twins alone miss defects that only a lie shows (ordering.md).
 */
import { type Commit, SCHEMES, type ValidatorSet } from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import type { CoreMessage, Value } from '../../../node/ordering/tendermint/types.ts';
import type { Random } from './random.ts';

const ANY_SIGNATURE = new Uint8Array(65).fill(SCHEMES.ed25519);

export interface Lies {
  /** The message for one recipient: the true one, another one, or none. */
  tell(message: CoreMessage): CoreMessage | null;
  /** Blocks that were seen, to vote for. */
  learn(value: Value): void;
}

export function createLies(
  random: Random,
  validators: ValidatorSet,
  newValue: (bad: boolean) => Value,
): Lies {
  const known: Value[] = [];

  function anyHash(): Hex | null {
    return random.chance(0.3) ? null : (random.pick(known)?.hash ?? null);
  }

  /** A certificate that names everyone: most of these signatures were never made. */
  function forgedPolka(height: number, round: number, blockHash: Hex): Commit {
    const signatures = validators.map(({ validator }) => ({ validator, signature: ANY_SIGNATURE }));
    return { height, round, blockHash, signatures };
  }

  function lie(message: CoreMessage): CoreMessage | null {
    if (message.kind === 'vote') {
      const kind = random.chance(0.8) ? message.vote.kind : 'precommit';
      return { kind: 'vote', vote: { ...message.vote, kind, blockHash: anyHash() } };
    }
    if (message.kind === 'polka') {
      if (random.chance(0.5)) return null;
      const { height, round } = message.certificate;
      const value = random.pick(known) ?? message.value;
      return { kind: 'polka', value, certificate: forgedPolka(height, round, value.hash) };
    }
    const { proposal } = message;
    const value = random.chance(0.4) ? message.value : pickValue();
    const validRound = random.chance(0.4) || proposal.round === 0 ? null : random.below(proposal.round);
    const polka =
      validRound === null
        ? null
        : message.polka?.round === validRound && value === message.value
          ? message.polka
          : random.chance(0.5)
            ? forgedPolka(proposal.height, validRound, value.hash)
            : null;
    return { kind: 'proposal', value, polka, proposal: { ...proposal, validRound, blockHash: value.hash } };
  }

  function pickValue(): Value {
    return (random.chance(0.5) ? random.pick(known) : undefined) ?? newValue(random.chance(0.2));
  }

  return {
    tell(message) {
      if (random.chance(0.3)) return null;
      return random.chance(0.5) ? lie(message) : message;
    },
    learn(value) {
      if (known.length < 16) known.push(value);
      else known[random.below(16)] = value;
    },
  };
}
