/**
 * The state of a dump on a chain with other validators. What makes blocks stays that of this chain: who votes and what
 * they staked on themselves, the dev authority and its money, the code in force, the chain's id. All else is that of the
 * dump, and the indexes over it are made anew (docs/decisions/0032-dump-and-load.md).
 */
import { chainError } from '../../errors.ts';
import { MAX_CLOCK_AHEAD_MS } from '../../format/limits.ts';
import { Draft, type State, type StateReader } from '../../state/index.ts';
import type { BlockContext } from '../context.ts';
import { getAccount, getClockAhead, getParameters, getSupply, listInstallations } from '../getters.ts';
import { otherInvariants, totalMoney } from '../invariants.ts';
import { codeName } from '../mechanism.ts';
import { burnSupply, credit, mintSupply, putAccount } from '../money.ts';
import {
  accounts,
  clocks,
  endedLinks,
  epochs,
  expiringProposals,
  govProposals,
  govTallies,
  linkAliases,
  links,
  linksByChild,
  moduleAccounts,
  moduleAliases,
  modules,
  nextGovProposal,
  nextModule,
  parameters,
  pastLinks,
  proposals,
  proposalsByChild,
  reserves,
  reservesByServer,
  supplies,
} from '../tables.ts';
import type { Dump } from './file.ts';
import { loadConsensus } from './loadConsensus.ts';
import { loadStakes } from './loadStakes.ts';
import { readerOf } from './rows.ts';
import { broken, requireKeys, requireSound } from './sound.ts';
import { REPLACED_TABLES } from './tables.ts';

type Loading = Pick<BlockContext, 'base' | 'code' | 'block'>;

/**
 * What a chain becomes whose last block left `base`; the block itself counts for nothing but its place and time.
 * Throws DUMP_BROKEN, LOAD_CODE_DIFFERS, LOAD_CODE_ANNOUNCED, CLOCK_TOO_FAR, SUPPLY_OVERFLOW.
 */
export function loadedDraft({ base, code, block }: Loading, dump: Dump): Draft {
  const source = sourceOf(dump);
  requireNothingAnnounced(base);
  const draft = new Draft(base);
  for (const table of REPLACED_TABLES) for (const [key] of base.scan(Uint8Array.of(table))) draft.delete(key);
  loadConsensus({ base, source, draft, code });
  loadMoney(source, draft);
  loadModules(source, draft);
  loadLinks(source, draft);
  loadStakes({ base, block }, source, draft);
  loadGovernance(source, draft);
  loadTime({ base, block }, dump, source, draft);
  loadParameters(base, source, draft);
  keepAuthority(base, draft);
  declareSupply(base, draft);
  const [wrong] = otherInvariants(draft);
  if (wrong !== undefined) throw broken(wrong);
  return draft;
}

/** The rows, of which each is what it should be. */
function sourceOf(dump: Dump): StateReader {
  requireKeys(dump);
  const source = readerOf(dump.rows);
  requireSound(source, dump.header);
  return source;
}

/** It was announced for an epoch, and epochs get other numbers. What comes into force in this block was announced before it. */
function requireNothingAnnounced(base: State): void {
  const [installation] = listInstallations(base);
  if (installation !== undefined)
    throw chainError('LOAD_CODE_ANNOUNCED', {
      consensus: installation.id,
      code: codeName(installation),
    });
}

/** Reserves and free balances; stake and bonds that cannot stay follow. */
function loadMoney(source: StateReader, draft: Draft): void {
  // Most rows of most dumps, so they are not encoded again.
  for (const [key, value] of source.scan(Uint8Array.of(accounts.id))) draft.put(key, value);
  for (const [[consensus, client, server], reserve] of reserves.scan(source, [])) {
    reserves.put(draft, reserve, consensus, client, server);
    reservesByServer.put(draft, true, consensus, server, client);
  }
}

function loadModules(source: StateReader, draft: Draft): void {
  for (const [[id], module] of modules.scan(source, [])) {
    modules.put(draft, module, id);
    moduleAliases.put(draft, id, module.alias);
    moduleAccounts.put(draft, id, module.account);
  }
  const next = nextModule.get(source);
  if (next !== undefined) nextModule.put(draft, next);
}

function loadLinks(source: StateReader, draft: Draft): void {
  for (const [[parent, child], link] of links.scan(source, [])) {
    links.put(draft, link, parent, child);
    linksByChild.put(draft, true, child, parent);
    if (link.untilEpoch === null) linkAliases.put(draft, child, parent, link.terms.alias);
    else endedLinks.put(draft, true, link.untilEpoch, parent, child, link.fromEpoch);
  }
  for (const [[parent, child, fromEpoch], link] of pastLinks.scan(source, [])) {
    pastLinks.put(draft, link, parent, child, fromEpoch);
    linksByChild.put(draft, true, child, parent);
    if (link.untilEpoch !== null) endedLinks.put(draft, true, link.untilEpoch, parent, child, fromEpoch);
  }
  for (const [[parent, child], proposal] of proposals.scan(source, [])) {
    proposals.put(draft, proposal, parent, child);
    expiringProposals.put(draft, true, proposal.expires, parent, child);
    proposalsByChild.put(draft, true, child, parent);
  }
}

/** Those who could vote on open proposals are not here: they end, and their bonds go back. */
function loadGovernance(source: StateReader, draft: Draft): void {
  for (const [[id], proposal] of govProposals.scan(source, [])) {
    if (proposal.result === null) {
      credit(draft, proposal.proposer, proposal.rules.bond);
      continue;
    }
    govProposals.put(draft, proposal, id);
    const tally = govTallies.get(source, id);
    if (tally !== undefined) govTallies.put(draft, tally, id);
  }
  const next = nextGovProposal.get(source);
  if (next !== undefined) nextGovProposal.put(draft, next);
}

/**
 * The epoch goes on where it was, as many blocks into it as this chain has; it ends later on a chain with fewer. Time
 * only grows: where the dump's is later, clocks are put forward to it.
 */
function loadTime(
  { base, block }: Pick<Loading, 'base' | 'block'>,
  { header }: Dump,
  source: StateReader,
  draft: Draft,
): void {
  const epoch = epochs.get(source);
  if (epoch === undefined) throw broken('it has no epoch');
  const into = Math.max(0, header.height - epoch.startHeight);
  epochs.put(draft, {
    ...epoch,
    startHeight: Math.max(1, block.height - into),
    startTime: Math.min(epoch.startTime, block.time),
    endsNow: false,
  });
  const ahead = getClockAhead(base) + Math.max(0, header.time - block.time);
  if (ahead > MAX_CLOCK_AHEAD_MS) throw chainError('CLOCK_TOO_FAR', { ahead, max: MAX_CLOCK_AHEAD_MS });
  if (ahead > 0) clocks.put(draft, { aheadMs: ahead });
}

function loadParameters(base: State, source: StateReader, draft: Draft): void {
  const { chainId, devAuthority, devnet } = getParameters(base);
  parameters.put(draft, { ...getParameters(source), chainId, devAuthority, devnet });
}

/** Without money for its fees the powers of a devnet would be lost with the load. */
function keepAuthority(base: State, draft: Draft): void {
  const { devAuthority } = getParameters(base);
  if (devAuthority === null) return;
  const { nonce } = getAccount(draft, devAuthority);
  putAccount(draft, devAuthority, { nonce, free: getAccount(base, devAuthority).free });
}

/** Money that came or went with the load is declared, like all that a devnet makes or destroys. */
function declareSupply(base: State, draft: Draft): void {
  const before = getSupply(base);
  supplies.put(draft, before);
  const total = totalMoney(draft);
  if (total >= before.total) mintSupply(draft, total - before.total);
  else burnSupply(draft, before.total - total);
}
