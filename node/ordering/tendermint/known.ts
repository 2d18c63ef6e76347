import type { OrderingMessage } from '../messages.ts';
import { hasPolka, isWithinReach } from './rounds.ts';
import type { HeightState } from './state.ts';

/** Whether a message of this height can tell nothing new: then its signatures need no verification. */
export function isKnown(state: HeightState, message: OrderingMessage): boolean {
  if (message.kind === 'vote') {
    const { kind, round, validator, blockHash } = message.vote;
    const first = state.rounds.get(round)?.[kind].first.get(validator);
    if (first !== undefined && first.blockHash === blockHash) return true;
    if (state.accused.has(`${kind}/${round}/${validator}`)) return true;
    return !isWithinReach(state, round) && (state.seen.get(validator)?.round ?? -1) >= round;
  }
  if (message.kind === 'proposal') {
    const { round, blockHash, validRound } = message.proposal;
    const first = state.rounds.get(round)?.proposal;
    const same = first?.blockHash === blockHash && first.validRound === validRound;
    const polkaKnown = message.polka === null || hasPolka(state, message.polka.round, blockHash);
    return polkaKnown && (same || state.accused.has(`proposal/${round}`));
  }
  if (message.kind === 'polka') {
    const { round, blockHash } = message.certificate;
    return hasPolka(state, round, blockHash) && state.values.has(blockHash);
  }
  return false;
}
