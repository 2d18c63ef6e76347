/** Rules of the algorithm with one thing wrong in each, for `mutants.ts`. */
import { hasPolka, startRound } from '../../../node/ordering/tendermint/rounds.ts';
import {
  decide,
  openProposal,
  prevoteFor,
  propose,
  type Rule,
  takePolka,
  timePrecommits,
  timePrevotes,
} from '../../../node/ordering/tendermint/rules.ts';
import { powerFor } from '../../../node/ordering/tendermint/votes.ts';

/** L22 without a look at the lock. */
export const freshUnlocked: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound !== null) return false;
  return prevoteFor(state, wishes, proposal.blockHash, true);
};

/** L28 without a look at the lock. */
export const againUnlocked: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound === null || proposal.validRound >= state.round) return false;
  if (!hasPolka(state, proposal.validRound, proposal.blockHash)) return false;
  return prevoteFor(state, wishes, proposal.blockHash, true);
};

/** L28 believes in `validRound` without its polka. */
export const againUnproved: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound === null || proposal.validRound >= state.round) return false;
  const { locked } = state;
  const free =
    locked === null || locked.round <= proposal.validRound || locked.blockHash === proposal.blockHash;
  return prevoteFor(state, wishes, proposal.blockHash, free);
};

/** L28 never gives a lock up, whatever was proved since. */
export const lockedRoundForgotten: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound === null || proposal.validRound >= state.round) return false;
  if (!hasPolka(state, proposal.validRound, proposal.blockHash)) return false;
  const free = state.locked === null || state.locked.blockHash === proposal.blockHash;
  return prevoteFor(state, wishes, proposal.blockHash, free);
};

/** L16 never proposes the valid value again. */
export const proposeFresh: Rule = (state, wishes) => {
  const { valid } = state;
  state.valid = null;
  const acted = propose(state, wishes);
  state.valid = valid;
  return acted;
};

/** L49 on prevotes. */
export const decideOnPolka: Rule = (state, wishes) => {
  const saved = new Map([...state.rounds].map(([round, table]) => [round, table.precommit]));
  for (const table of state.rounds.values()) Object.assign(table, { precommit: table.prevote });
  const acted = decide(state, wishes);
  for (const [round, table] of state.rounds) Object.assign(table, { precommit: saved.get(round) });
  return acted;
};

/** L49 looks at the current round only. */
export const decideNow: Rule = (state, wishes) => {
  const { rounds } = state;
  const current = rounds.get(state.round);
  const only = new Map(current === undefined ? [] : [[state.round, current]]);
  Object.assign(state, { rounds: only });
  const acted = decide(state, wishes);
  Object.assign(state, { rounds });
  return acted;
};

/** L36 is missed by who has precommitted already: no valid value, so nothing to unlock others with. */
export const onlyWhilePrevoting: Rule = (state, wishes) =>
  state.step === 'prevote' && takePolka(state, wishes);

/** L47 overlooks a quorum for nil (tendermint#3003). */
export const unlessNil: Rule = (state, wishes) => {
  const table = state.rounds.get(state.round)?.precommit;
  if (table !== undefined && powerFor(table, null) >= state.quorum) return false;
  return timePrecommits(state, wishes);
};

/** L55 follows a single vote. */
export const skipOnOne: Rule = (state, wishes) => {
  if (state.round < 0) return false;
  const ahead = [...state.seen.values()].find(({ round }) => round > state.round);
  if (ahead === undefined) return false;
  startRound(state, wishes, ahead.round, [ahead]);
  return true;
};

let mood = 0;
/** L34 depends on something outside the state. */
export const moody: Rule = (state, wishes) => mood++ % 7 !== 0 && timePrevotes(state, wishes);
