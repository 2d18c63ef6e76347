/** The only place where a validator's signature is made. */
import type { Hex } from '../../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../messages.ts';
import { OrderingError } from '../types.ts';
import type { HeightState } from './state.ts';
import type { CoreSigner } from './types.ts';

/**
 * Signs a vote in the current round. The same vote again gives the same signature; a different one of the kind for
 * this round, or one for an earlier round, throws.
 */
export function signVote(
  state: HeightState,
  signer: CoreSigner,
  kind: Vote['kind'],
  blockHash: Hex | null,
): Vote {
  const last = state.sent[kind];
  const { chainId, height } = state.options;
  const { round } = state;
  if (last !== null && last.round === round && last.blockHash === blockHash) return last;
  refuseSecond(kind, round, last);
  const signature = signer.signVote({ chainId, kind, height, round, blockHash });
  const vote = { kind, height, round, blockHash, validator: signer.validator, signature };
  state.sent[kind] = vote;
  return vote;
}

/** Signs a proposal for the current round, under the rule of {@link signVote}. */
export function signProposal(
  state: HeightState,
  signer: CoreSigner,
  blockHash: Hex,
  validRound: number | null,
): Proposal {
  const last = state.sent.proposal;
  const { chainId, height } = state.options;
  const { round } = state;
  if (last !== null && last.round === round && last.blockHash === blockHash && last.validRound === validRound)
    return last;
  refuseSecond('proposal', round, last);
  const signature = signer.signProposal({ chainId, height, round, validRound, blockHash });
  const proposal = { height, round, validRound, blockHash, proposer: signer.validator, signature };
  state.sent.proposal = proposal;
  return proposal;
}

function refuseSecond(kind: string, round: number, last: Vote | Proposal | null): void {
  if (last === null || last.round < round) return;
  throw new OrderingError(
    'DOUBLE_SIGN',
    `refused to sign a second ${kind} at height ${last.height}: round ${round} after round ${last.round}`,
    'this is a defect of the node; keep its data directory and report it',
  );
}
