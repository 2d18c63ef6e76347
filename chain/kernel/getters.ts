/** Reads of the kernel's state: the same for execution, for proofs and for RPC. */
import type { Account as AccountId } from '../../consensus/interface/index.ts';
import type { DevLoad } from '../format/dump.ts';
import type {
  Account,
  ConsensusEntry,
  Epoch,
  Installation,
  Link,
  LinkProposal,
  Module,
  PinnedCode,
  Reserve,
  Stake,
  StakeTarget,
  Supply,
  ValidatorSet,
} from '../format/entities.ts';
import type { StateReader } from '../state/index.ts';
import type { Parameters } from './parameters.ts';
import {
  accounts,
  candidates,
  clocks,
  consensusEntries,
  devLoads,
  epochs,
  installations,
  links,
  linksByChild,
  moduleAccounts,
  moduleAliases,
  modules,
  parameters,
  pastCode,
  pastLinks,
  proposals,
  proposalsByChild,
  reserves,
  reservesByServer,
  type StakeTotal,
  stakes,
  stakesByStaker,
  stakeTotals,
  storageKey,
  supplies,
  targetKey,
  targetOf,
  validatorSets,
} from './tables.ts';

/** Which rows of an ordered list: those after an id, and how many at most. */
export interface Page {
  readonly after?: number;
  readonly limit?: number;
}

/** An account that nobody used has nonce 0 and no money. */
export const getAccount = (state: StateReader, id: AccountId): Account =>
  accounts.get(state, id) ?? { nonce: 0, free: 0n };

/** Milliseconds that the time of the next block is ahead of its proposer's clock. */
export const getClockAhead = (state: StateReader): number => clocks.get(state)?.aheadMs ?? 0;

export const getModule = (state: StateReader, id: number): Module | undefined => modules.get(state, id);

export function getModuleByAlias(state: StateReader, alias: string): Module | undefined {
  const id = moduleAliases.get(state, alias);
  return id === undefined ? undefined : getModule(state, id);
}

export function getModuleByAccount(state: StateReader, account: AccountId): Module | undefined {
  const id = moduleAccounts.get(state, account);
  return id === undefined ? undefined : getModule(state, id);
}

/** Ascending by id. */
export function listModules(state: StateReader, { after, limit }: Page = {}): Module[] {
  const options = {
    ...(after === undefined ? {} : { after: modules.key(after) }),
    ...(limit === undefined ? {} : { limit }),
  };
  return Array.from(modules.scan(state, [], options), ([, module]) => module);
}

/** The newest link of the two, which may be dissolved already. */
export const getLink = (state: StateReader, parent: number, child: number): Link | undefined =>
  links.get(state, parent, child);

/** Whether a link's share holds in an epoch. */
export const linkHolds = (link: Link, epoch: number): boolean =>
  link.fromEpoch <= epoch && (link.untilEpoch === null || epoch < link.untilEpoch);

/** Links of a parent that hold in an epoch, or without one all that are kept; ascending by child and first epoch. */
export function linksOfParent(state: StateReader, parent: number, epoch?: number): Link[] {
  const past = Array.from(pastLinks.scan(state, [parent]), ([, link]) => link);
  const newest = Array.from(links.scan(state, [parent]), ([, link]) => link);
  return selected([...past, ...newest], epoch);
}

/** Links of a child that hold in an epoch, or without one all that are kept; ascending by parent and first epoch. */
export function linksOfChild(state: StateReader, child: number, epoch?: number): Link[] {
  const found = Array.from(linksByChild.scan(state, [child]), ([[, parent]]) => {
    const past = Array.from(pastLinks.scan(state, [parent, child]), ([, link]) => link);
    const newest = getLink(state, parent, child);
    return newest === undefined ? past : [...past, newest];
  });
  return selected(found.flat(), epoch);
}

function selected(found: readonly Link[], epoch: number | undefined): Link[] {
  const wanted = epoch === undefined ? [...found] : found.filter(link => linkHolds(link, epoch));
  return wanted.sort(
    (a, b) => a.terms.parent - b.terms.parent || a.terms.child - b.terms.child || a.fromEpoch - b.fromEpoch,
  );
}

export const getProposal = (state: StateReader, parent: number, child: number): LinkProposal | undefined =>
  proposals.get(state, parent, child);

/** Proposals that name the module as the parent, ascending by child. An expired one stays until it is pruned. */
export const proposalsOfParent = (state: StateReader, parent: number): LinkProposal[] =>
  Array.from(proposals.scan(state, [parent]), ([, proposal]) => proposal);

/** Proposals that name the module as the child, ascending by parent. An expired one stays until it is pruned. */
export const proposalsOfChild = (state: StateReader, child: number): LinkProposal[] =>
  Array.from(proposalsByChild.scan(state, [child]), ([[, parent]]) => parent).flatMap(
    parent => getProposal(state, parent, child) ?? [],
  );

export const getStake = (state: StateReader, staker: AccountId, target: StakeTarget): Stake | undefined =>
  stakes.get(state, ...targetKey(target), staker);

/** Everything that an account staked, ascending by target. */
export function stakesOf(
  state: StateReader,
  staker: AccountId,
): { readonly target: StakeTarget; readonly stake: Stake }[] {
  return Array.from(stakesByStaker.scan(state, [staker]), ([[, kind, id]]) => {
    const target = targetOf(kind, id);
    return { target, stake: getStake(state, staker, target) ?? { amount: 0n, thawing: [] } };
  });
}

/** All stake on a target now, thawing stake not counted. */
export const getStakeTotal = (state: StateReader, target: StakeTarget): bigint =>
  readStakeTotal(state, target)?.amount ?? 0n;

/** The stake on a target when the current epoch began. */
export function getStakeSnapshot(state: StateReader, target: StakeTarget): bigint {
  const total = readStakeTotal(state, target);
  if (total === undefined) return 0n;
  return total.epoch === getEpoch(state).number ? total.atStart : total.amount;
}

const readStakeTotal = (state: StateReader, target: StakeTarget): StakeTotal | undefined =>
  stakeTotals.get(state, ...targetKey(target));

/** Candidates for validator, the highest stake first, ties by key; at most `limit`. */
export function listCandidates(
  state: StateReader,
  limit: number,
): { readonly validator: AccountId; readonly stake: bigint }[] {
  return Array.from(candidates.scan(state, [], { limit }), ([[, validator]]) => ({
    validator,
    stake: getStakeTotal(state, { kind: 'validator', validator }),
  }));
}

export const getReserve = (
  state: StateReader,
  consensus: number,
  client: AccountId,
  server: AccountId,
): Reserve | undefined => reserves.get(state, consensus, client, server);

export interface ReserveFilter {
  readonly consensus?: number;
  readonly client?: AccountId;
  readonly server?: AccountId;
}
export interface ReserveRow {
  readonly consensus: number;
  readonly client: AccountId;
  readonly server: AccountId;
  readonly reserve: Reserve;
}

/** Reserves of a consensus module (default: of all), of a client, of a server, or of both. */
export function listReserves(state: StateReader, filter: ReserveFilter = {}): ReserveRow[] {
  const ids = filter.consensus === undefined ? listConsensus(state).map(({ id }) => id) : [filter.consensus];
  return ids.flatMap(consensus => reservesUnder(state, consensus, filter));
}

function reservesUnder(
  state: StateReader,
  consensus: number,
  { client, server }: ReserveFilter,
): ReserveRow[] {
  if (client === undefined && server !== undefined)
    return Array.from(reservesByServer.scan(state, [consensus, server]), ([key]) => key[2]).flatMap(client =>
      reserveRow(consensus, client, server, getReserve(state, consensus, client, server)),
    );
  if (client !== undefined && server !== undefined)
    return reserveRow(consensus, client, server, getReserve(state, consensus, client, server));
  const rows = reserves.scan(state, client === undefined ? [consensus] : [consensus, client]);
  return Array.from(rows, ([[, client, server], reserve]) => ({ consensus, client, server, reserve }));
}

const reserveRow = (
  consensus: number,
  client: AccountId,
  server: AccountId,
  reserve: Reserve | undefined,
): ReserveRow[] => (reserve === undefined ? [] : [{ consensus, client, server, reserve }]);

export const getConsensus = (state: StateReader, id: number): ConsensusEntry | undefined =>
  consensusEntries.get(state, id);

/** Ascending by id. */
export const listConsensus = (state: StateReader): ConsensusEntry[] =>
  Array.from(consensusEntries.scan(state, []), ([, entry]) => entry);

export const getInstallation = (state: StateReader, id: number): Installation | undefined =>
  installations.get(state, id);

/** What is to come into force, ascending by id. */
export const listInstallations = (state: StateReader): Installation[] =>
  Array.from(installations.scan(state, []), ([, installation]) => installation);

/** The code that answered the calls of a block; undefined where there was none, or the state is older. */
export function codeAt(state: StateReader, id: number, height: number): PinnedCode | undefined {
  const past = pastCode.scan(state, [id], { after: pastCode.key(id, Math.max(0, height - 1)), limit: 1 });
  for (const [, pinned] of past) return pinned;
  return getConsensus(state, id);
}

/** The dump whose state the block of this height has; undefined for all other blocks. */
export const loadAt = (state: StateReader, height: number): DevLoad | undefined =>
  devLoads.get(state, height);

/** Whether a state was loaded at this height or later. */
export const loadsAfter = (state: StateReader, height: number): boolean =>
  !devLoads
    .scan(state, [], height === 0 ? { limit: 1 } : { limit: 1, after: devLoads.key(height - 1) })
    .next().done;

export const getEpoch = (state: StateReader): Epoch => present(epochs.get(state), 'epoch');
export const getSupply = (state: StateReader): Supply => present(supplies.get(state), 'supply');
export const getParameters = (state: StateReader): Parameters => present(parameters.get(state), 'parameters');

/**
 * Who votes: 0 for the height of this state, 1 (default) for the next height, 2 for the one after. A change that a
 * block decides holds two heights later (ordering.md).
 */
export const getValidators = (state: StateReader, ahead: 0 | 1 | 2 = 1): ValidatorSet =>
  present(validatorSets.get(state, ahead), 'validators');

/** Keys of the rows for proofs. */
export const accountKey = (id: AccountId): Uint8Array => accounts.key(id);
export const moduleKey = (id: number): Uint8Array => modules.key(id);
export const linkKey = (parent: number, child: number): Uint8Array => links.key(parent, child);
export const reserveKey = (consensus: number, client: AccountId, server: AccountId): Uint8Array =>
  reserves.key(consensus, client, server);
/** Of a row in the storage of a consensus module. */
export const consensusRowKey = (consensus: number, key: Uint8Array): Uint8Array => storageKey(consensus, key);

function present<Row>(row: Row | undefined, name: string): Row {
  if (row === undefined) throw new Error(`the state has no ${name}: it was not made by genesisState`);
  return row;
}
