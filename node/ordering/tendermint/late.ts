/** Messages about the last few heights: what they prove, once their signatures are verified. */
import { type Commit, type Evidence, voteBytes } from '../../../chain/index.ts';
import type { Check } from '../../../consensus/interface/index.ts';
import type { PeerId } from '../../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../../p2p/offences.ts';
import { isEd25519 } from '../certificate.ts';
import type { HeightMessage, Vote } from '../messages.ts';
import type { EngineOptions } from '../types.ts';
import type { VerifyQueue } from '../verifyQueue.ts';
import { type Closed, PastVotes, votesIn, votesOf } from './past.ts';

export interface LateVotes {
  /** A height was committed. */
  close(closed: Closed): void;
  /** A message of a peer about an earlier height. */
  receive(peer: PeerId, bytes: number, message: HeightMessage): void;
  /** A certificate of an earlier height whose signatures are verified. */
  certified(certificate: Commit): void;
  /** The same, not verified. Signatures are looked at only where they contradict what is known. */
  compare(certificate: Commit): Promise<void>;
}

interface Needs extends Pick<EngineOptions, 'chainId' | 'verifier' | 'onEvidence'> {
  readonly verifying: VerifyQueue;
  readonly penalise: (peer: PeerId, points: number, reason: string) => void;
}

export function createLateVotes(needs: Needs): LateVotes {
  const { chainId, verifier, verifying, onEvidence, penalise } = needs;
  const past = new PastVotes();

  const checkOf = ({ validator: account, signature, ...body }: Vote): Check => ({
    account,
    signature,
    message: voteBytes({ chainId, ...body }),
  });

  function accuse(evidence: readonly Evidence[]): void {
    for (const proof of evidence) onEvidence(proof);
  }

  return {
    close: closed => accuse(past.close(closed)),
    receive(peer, bytes, message) {
      const alone = message.kind === 'vote';
      const votes = votesIn(message).filter(vote => (alone ? past.isNew(vote) : past.contradicts(vote)));
      if (votes.length === 0) return;
      const isWrong = ({ height, validator, signature }: Vote): boolean =>
        past.powers(height)?.has(validator) !== true || !isEd25519(signature);
      if (votes.some(isWrong)) {
        penalise(peer, OFFENCE_POINTS.malformed, 'a late vote of no validator of its height, or not ed25519');
        return;
      }
      const done = (good: boolean): void => {
        if (good) accuse(past.takeAll(votes));
        else penalise(peer, OFFENCE_POINTS.badSignature, `a late ${message.kind} with a wrong signature`);
      };
      if (!verifying.submit({ peer, bytes, checks: votes.map(checkOf), done }))
        penalise(peer, OFFENCE_POINTS.flood, 'more ordering messages than can be verified');
    },
    certified: certificate => accuse(past.takeAll(votesOf(certificate))),
    async compare(certificate) {
      const votes = votesOf(certificate).filter(vote => past.contradicts(vote));
      if (votes.length === 0) return;
      const answers = await verifier.verify(votes.map(checkOf), 'votes');
      accuse(past.takeAll(votes.filter((_, index) => answers[index] === true)));
    },
  };
}
