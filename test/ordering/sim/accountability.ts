/**
 * Who is to blame for a fork. Tendermint leaves no fork unexplained: either more than a third of the power voted twice
 * in one round, or it precommitted one block and later prevoted another one without a reason.
 *
 * Let a block be decided in round r and another one in r' >= r. If r' = r, both quorums share more than a third, who
 * precommitted twice. Else look at the first round above r with a polka for another block (r' has one, because an
 * honest validator precommitted there): it shares more than a third with the precommits of r, and no polka for that
 * block in between excused them.
 */
import type { Account } from '../../../consensus/interface/index.ts';
import type { UnsignedVote } from './signatures.ts';

/** Validators whose guilt these verified votes of one height prove. Never names one that followed the algorithm. */
export function guiltyOf(
  votes: readonly UnsignedVote[],
  powers: ReadonlyMap<Account, number>,
  total: number,
): ReadonlySet<Account> {
  return new Set([...doubleVoters(votes), ...unexcused(votes, polkasOf(votes, powers, total))]);
}

function doubleVoters(votes: readonly UnsignedVote[]): Account[] {
  const first = new Map<string, UnsignedVote>();
  return votes
    .filter(vote => {
      const slot = `${vote.kind}/${vote.round}/${vote.validator}`;
      const earlier = first.get(slot);
      if (earlier === undefined) first.set(slot, vote);
      return earlier !== undefined && earlier.blockHash !== vote.blockHash;
    })
    .map(({ validator }) => validator);
}

/** Rounds with prevotes of more than two thirds, by block. */
function polkasOf(
  votes: readonly UnsignedVote[],
  powers: ReadonlyMap<Account, number>,
  total: number,
): ReadonlyMap<string, readonly number[]> {
  const voters = new Map<string, { vote: UnsignedVote; names: Set<Account> }>();
  for (const vote of votes) {
    if (vote.kind !== 'prevote' || vote.blockHash === null) continue;
    const key = `${vote.round}/${vote.blockHash}`;
    const entry = voters.get(key) ?? { vote, names: new Set() };
    entry.names.add(vote.validator);
    voters.set(key, entry);
  }
  const polkas = new Map<string, number[]>();
  for (const { vote, names } of voters.values()) {
    const power = [...names].reduce((sum, name) => sum + (powers.get(name) ?? 0), 0);
    if (power * 3 > total * 2)
      polkas.set(`${vote.blockHash}`, [...(polkas.get(`${vote.blockHash}`) ?? []), vote.round]);
  }
  return polkas;
}

/** Who precommitted a block and prevoted another one later, with no polka for it since that precommit. */
function unexcused(
  votes: readonly UnsignedVote[],
  polkas: ReadonlyMap<string, readonly number[]>,
): Account[] {
  const precommits = votes.filter(({ kind, blockHash }) => kind === 'precommit' && blockHash !== null);
  const prevotes = votes.filter(({ kind, blockHash }) => kind === 'prevote' && blockHash !== null);
  return precommits
    .filter(lock =>
      prevotes.some(
        vote =>
          vote.validator === lock.validator &&
          vote.round > lock.round &&
          vote.blockHash !== lock.blockHash &&
          !(polkas.get(`${vote.blockHash}`) ?? []).some(round => round >= lock.round && round < vote.round),
      ),
    )
    .map(({ validator }) => validator);
}
