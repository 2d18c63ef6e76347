import type { Link, Module } from '../format/entities.ts';
import { CHOICES, type GovProposal } from '../format/governance.ts';
import { MAX_LINK_DEPTH } from '../format/limits.ts';
import type { StateReader } from '../state/index.ts';
import { getConsensus, getSupply, linkHolds } from './getters.ts';
import {
  getGovTally,
  listGovElectors,
  listGovProposals,
  listGovVotes,
  weightOfVote,
} from './governance/rows.ts';
import {
  accounts,
  candidates,
  consensusEntries,
  expiringProposals,
  linkAliases,
  links,
  linksByChild,
  moduleAccounts,
  moduleAliases,
  modules,
  openGovProposals,
  pastLinks,
  proposals,
  proposalsByChild,
  reserves,
  reservesByServer,
  stakeHistories,
  stakeHistoriesByEpoch,
  stakes,
  stakesByStaker,
  stakeTotals,
} from './tables.ts';

/**
 * What must hold in every state (spec section 3), as sentences about what does not; empty when all is well. Reads the
 * whole state: for tests and for devnets. No balance can be negative, because no codec can store one.
 */
export const invariants = (state: StateReader): string[] => [
  ...moneyIsConserved(state),
  ...otherInvariants(state),
];

/** Those that are not about the supply: for states whose supply was reckoned from what exists. */
export function otherInvariants(state: StateReader): string[] {
  return [
    ...stakeAddsUp(state),
    ...reservesAreBacked(state),
    ...modulesAreIndexed(state),
    ...linksAreIndexed(state),
    ...proposalsAreIndexed(state),
    ...linksFormTrees(state),
    ...votesAddUp(state),
  ];
}

const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

/** All that exists, wherever it is. */
export function totalMoney(state: StateReader): bigint {
  const free = sum(Array.from(accounts.scan(state, []), ([, { free }]) => free));
  const staked = sum(
    Array.from(
      stakes.scan(state, []),
      ([, { amount, thawing }]) => amount + sum(thawing.map(entry => entry.amount)),
    ),
  );
  const reserved = sum(Array.from(reserves.scan(state, []), ([, { amount, thawing }]) => amount + thawing));
  const held = sum(Array.from(consensusEntries.scan(state, []), ([, { pot, bond }]) => pot + bond));
  const bonds = sum(openProposals(state).map(({ rules }) => rules.bond));
  return free + staked + reserved + held + bonds;
}

function moneyIsConserved(state: StateReader): string[] {
  const found = totalMoney(state);
  const { total } = getSupply(state);
  return found === total ? [] : [`the supply is ${total}, but ${found} exists`];
}

const openProposals = (state: StateReader): GovProposal[] =>
  listGovProposals(state).filter(({ result }) => result === null);

/** The index of open proposals, and the tally of each: it is what somebody finds who counts all votes. */
function votesAddUp(state: StateReader): string[] {
  const open = openProposals(state);
  const known = Array.from(openGovProposals.scan(state, []), ([[, id]]) => id);
  const wrong =
    known.length === open.length && open.every(({ id }) => known.includes(id))
      ? []
      : ['the open proposals are not those without a result'];
  for (const { id, electorate } of open) {
    const stake = sum(listGovElectors(state, id).map(({ elector }) => elector.stake));
    if (stake !== electorate) wrong.push(`the electors of proposal ${id} do not add up`);
    const { yes, no, abstain } = getGovTally(state, id);
    const votes = listGovVotes(state, id);
    const cast = CHOICES.map(choice =>
      sum(
        votes
          .filter(({ vote }) => vote.choice === choice)
          .map(({ voter, vote }) => weightOfVote(state, id, voter, vote)),
      ),
    );
    if (String(cast) !== String([yes, no, abstain]))
      wrong.push(`the tally of proposal ${id} is not its votes`);
    if (yes + no + abstain > electorate) wrong.push(`more votes on proposal ${id} than stake`);
  }
  return wrong;
}

function stakeAddsUp(state: StateReader): string[] {
  const wrong: string[] = [];
  const totals = new Map<string, bigint>();
  for (const [[kind, id, staker], { amount }] of stakes.scan(state, [])) {
    totals.set(`${kind} ${id}`, (totals.get(`${kind} ${id}`) ?? 0n) + amount);
    if (!stakesByStaker.has(state, staker, kind, id)) wrong.push(`stake of ${staker} is not indexed`);
  }
  for (const [[kind, id], { amount }] of stakeTotals.scan(state, []))
    if ((totals.get(`${kind} ${id}`) ?? 0n) !== amount) wrong.push(`stake on ${id} does not add up`);
  const known = Array.from(candidates.scan(state, []), ([[, validator]]) => validator);
  const expected = Array.from(stakeTotals.scan(state, [1])).filter(([, { amount }]) => amount > 0n);
  if (known.length !== expected.length || new Set(known).size !== known.length)
    wrong.push('the candidates are not those with stake');
  const histories = Array.from(stakeHistories.scan(state, []));
  for (const [[validator, staker], history] of histories)
    if (!stakeHistoriesByEpoch.has(state, history.at(-1)?.epoch ?? -1, validator, staker))
      wrong.push(`the history of the stake of ${staker} is not indexed`);
  if (Array.from(stakeHistoriesByEpoch.scan(state, [])).length !== histories.length)
    wrong.push('the index of stake histories names more than there are');
  return wrong;
}

function reservesAreBacked(state: StateReader): string[] {
  const wrong: string[] = [];
  let count = 0;
  for (const [[consensus, client, server], reserve] of reserves.scan(state, [])) {
    count++;
    if (getConsensus(state, consensus) === undefined) wrong.push(`a reserve under unknown ${consensus}`);
    if (!reservesByServer.has(state, consensus, server, client)) wrong.push('a reserve is not indexed');
    if ((reserve.thawing === 0n) !== (reserve.thawEpoch === 0)) wrong.push('a reserve thaws nothing');
  }
  if (Array.from(reservesByServer.scan(state, [])).length !== count)
    wrong.push('the index of reserves names more than there are');
  return wrong;
}

function modulesAreIndexed(state: StateReader): string[] {
  const all: Module[] = Array.from(modules.scan(state, []), ([, module]) => module);
  const wrong = all
    .filter(
      ({ id, alias, account }) =>
        moduleAliases.get(state, alias) !== id || moduleAccounts.get(state, account) !== id,
    )
    .map(({ id }) => `module ${id} is not indexed`);
  if (Array.from(moduleAliases.scan(state, [])).length !== all.length)
    wrong.push('the aliases of modules are not those of the modules');
  return wrong;
}

const allLinks = (state: StateReader): Link[] => [
  ...Array.from(links.scan(state, []), ([, link]) => link),
  ...Array.from(pastLinks.scan(state, []), ([, link]) => link),
];

function linksAreIndexed(state: StateReader): string[] {
  const all = allLinks(state);
  const wrong = all
    .filter(({ terms }) => !linksByChild.has(state, terms.child, terms.parent))
    .map(({ terms }) => `link ${terms.parent} -> ${terms.child} is not indexed by child`);
  const pairs = new Set(all.map(({ terms }) => `${terms.parent} ${terms.child}`));
  if (Array.from(linksByChild.scan(state, [])).length !== pairs.size)
    wrong.push('the index of links names more than there are');
  const open = all.filter(({ untilEpoch }) => untilEpoch === null);
  for (const { terms } of open)
    if (linkAliases.get(state, terms.parent, terms.alias) !== terms.child)
      wrong.push(`link alias ${terms.alias} of ${terms.parent} is not indexed`);
  if (Array.from(linkAliases.scan(state, [])).length !== open.length)
    wrong.push('the aliases of links are not those of the open links');
  return wrong;
}

/** In every epoch that somebody can ask for. */
function proposalsAreIndexed(state: StateReader): string[] {
  const all = Array.from(proposals.scan(state, []), ([[parent, child], { expires }]) => ({
    parent,
    child,
    expires,
  }));
  const wrong = all
    .filter(
      ({ parent, child, expires }) =>
        !proposalsByChild.has(state, child, parent) || !expiringProposals.has(state, expires, parent, child),
    )
    .map(({ parent, child }) => `the proposal ${parent} -> ${child} is not indexed`);
  const indexed = [proposalsByChild.scan(state, []), expiringProposals.scan(state, [])];
  if (indexed.some(rows => [...rows].length !== all.length))
    wrong.push('an index of proposals names more than there are');
  return wrong;
}

function linksFormTrees(state: StateReader): string[] {
  const all = allLinks(state);
  const changes = new Set(all.flatMap(({ fromEpoch, untilEpoch }) => [fromEpoch, untilEpoch ?? fromEpoch]));
  return [...changes].flatMap(epoch =>
    treesOf(
      all.filter(link => linkHolds(link, epoch)),
      epoch,
    ),
  );
}

function treesOf(held: readonly Link[], epoch: number): string[] {
  const wrong: string[] = [];
  const children = new Map<number, number[]>();
  const shares = new Map<number, number>();
  for (const { terms } of held) {
    children.set(terms.parent, [...(children.get(terms.parent) ?? []), terms.child]);
    shares.set(terms.parent, (shares.get(terms.parent) ?? 0) + terms.shareBps);
  }
  for (const [parent, total] of shares)
    if (total > 10_000) wrong.push(`module ${parent} gives ${total} of 10000 in epoch ${epoch}`);
  const longest = new Map<number, number>();
  const visit = (id: number): number => {
    const known = longest.get(id);
    if (known !== undefined) return known;
    // Met again while it is open, it is its own descendant.
    longest.set(id, Number.POSITIVE_INFINITY);
    const length = (children.get(id) ?? []).reduce((most, child) => Math.max(most, 1 + visit(child)), 0);
    longest.set(id, length);
    return length;
  };
  for (const root of children.keys())
    if (visit(root) > MAX_LINK_DEPTH)
      wrong.push(`a circle or too long a path below module ${root} in epoch ${epoch}`);
  return wrong;
}
