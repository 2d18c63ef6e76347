/** What of the state goes into a dump, and what a load leaves as it is. A test compares this with all tables. */
import * as tables from '../tables.ts';

const STORAGE = tables.storageKey(0, new Uint8Array())[0] ?? 0;
/** Bytes of a storage key before the module's own. */
export const STORAGE_PREFIX = tables.storageKey(0, new Uint8Array()).length;

/** What a chain is apart from who makes its blocks. The indexes over it are made anew. */
const DUMPED = [
  tables.accounts,
  tables.modules,
  tables.nextModule,
  tables.links,
  tables.pastLinks,
  tables.proposals,
  tables.stakes,
  tables.stakeTotals,
  tables.reserves,
  tables.consensusEntries,
  tables.epochs,
  tables.supplies,
  tables.parameters,
  tables.govProposals,
  tables.nextGovProposal,
  tables.govTallies,
] as const;

/** Indexes over what is dumped, and what only counts for proposals that a load ends. */
const DERIVED = [
  tables.moduleAliases,
  tables.moduleAccounts,
  tables.linksByChild,
  tables.linkAliases,
  tables.endedLinks,
  tables.expiringProposals,
  tables.proposalsByChild,
  tables.candidates,
  tables.stakesByStaker,
  tables.stakeHistories,
  tables.stakeHistoriesByEpoch,
  tables.reservesByServer,
  tables.govElectors,
  tables.govVotes,
  tables.openGovProposals,
  tables.endedGovProposals,
] as const;

/** By the bytes of their tables, ascending. */
export const DUMPED_TABLES: readonly number[] = [...DUMPED.map(({ id }) => id), STORAGE].sort(
  (a, b) => a - b,
);
/** All that a load takes out of the state of before. */
export const REPLACED_TABLES: readonly number[] = [...DUMPED_TABLES, ...DERIVED.map(({ id }) => id)];

/** How long a key of a dumped table must be; undefined where it varies, null for a table that has no place in a dump. */
export function keyBytesOf(table: number): number | undefined | null {
  if (table === STORAGE) return undefined;
  return DUMPED.find(({ id }) => id === table)?.keyBytes ?? null;
}
