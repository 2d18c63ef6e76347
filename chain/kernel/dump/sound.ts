/**
 * Whether rows can be those of a chain: what every table promises those who read it, beyond its codec and beyond the
 * invariants. The storage of consensus modules is believed, as only they can read it.
 */
import { CodecError } from '../../../consensus/interface/index.ts';
import { ChainError, chainError, GenesisError } from '../../errors.ts';
import type { Link, Module, Stake } from '../../format/entities.ts';
import type { StateReader } from '../../state/index.ts';
import {
  requireAlias,
  requireConsensus,
  requireMaxLinks,
  requirePrices,
  requireUrl,
} from '../calls/moduleFields.ts';
import { requireTitle } from '../calls/propose.ts';
import { requireRanges } from '../genesisRules.ts';
import { getSupply } from '../getters.ts';
import { totalMoney } from '../invariants.ts';
import * as tables from '../tables.ts';
import type { Dump } from './file.ts';
import { keyBytesOf, STORAGE_PREFIX } from './tables.ts';

/** Far beyond any chain, and sums of such numbers stay exact. */
const MAX_COUNT = 2 ** 40;
/** Beyond any chain as well, and mechanisms that count epochs in 32 bits have room. */
const MAX_EPOCH = 2 ** 31;
/** Ids have 32 bits, and there must be some left to give out. */
const MAX_ID = 2 ** 31;

export const broken = (reason: string) => chainError('DUMP_BROKEN', { reason });

function require(holds: boolean, reason: string): void {
  if (!holds) throw broken(reason);
}

/** Whether every row is of a table that a dump has, under a key of the right size. */
export function requireKeys({ rows }: Dump): void {
  for (const { key } of rows) {
    const table = key[0] ?? 0;
    const size = keyBytesOf(table);
    require(size !== null, `a row of table ${table}, which is no part of a dump`);
    require(size === undefined
      ? key.length >= STORAGE_PREFIX
      : key.length === size, `a key of table ${table}`);
  }
}

/** Throws DUMP_BROKEN. */
export function requireSound(state: StateReader, { height, time }: Dump['header']): void {
  try {
    const number = requireEpoch(state, height, time);
    for (const [[id], { nonce, free }] of tables.accounts.scan(state, [])) {
      if (nonce > MAX_COUNT) throw broken(`the nonce of ${id}`);
      if (nonce === 0 && free === 0n) throw broken(`a row of ${id}, which has nothing`);
    }
    requireMechanisms(state, number);
    requireModules(state, number);
    requireLinks(state, number);
    requireStakes(state, number);
    requireProposals(state, number);
    require(totalMoney(state) === getSupply(state).total, 'its money is not its supply');
  } catch (error) {
    if (error instanceof CodecError) throw broken(`a row that does not decode: ${error.message}`);
    if (error instanceof GenesisError) throw broken(error.message);
    // What no call could have written.
    if (error instanceof ChainError && error.code !== 'DUMP_BROKEN') throw broken(error.message);
    throw error;
  }
}

/** Answers with the number of the current epoch. */
function requireEpoch(state: StateReader, height: number, time: number): number {
  const epoch = tables.epochs.get(state);
  const parameters = tables.parameters.get(state);
  if (epoch === undefined || parameters === undefined || !tables.supplies.has(state))
    throw broken('it has no epoch, no parameters or no supply');
  requireRanges({ ...parameters, epochLength: epoch.length });
  require(height <= MAX_COUNT && epoch.number <= MAX_EPOCH, 'its height or its epoch');
  require(epoch.startHeight <= height + 1, 'its epoch begins after its last block');
  require(epoch.startTime <= time, 'its epoch begins later than its last block was made');
  return epoch.number;
}

function requireMechanisms(state: StateReader, epoch: number): void {
  for (const [[id], entry] of tables.consensusEntries.scan(state, [])) {
    require(entry.id === id, `consensus module ${id} under the key of another`);
    require(entry.activationEpoch <= epoch, `consensus module ${id} is in force before its time`);
    require(isAscending(entry.closing) &&
      entry.closing.every(closing => closing < epoch), `the unfinished closes of consensus module ${id}`);
  }
  for (const [[consensus]] of tables.reserves.scan(state, []))
    require(tables.consensusEntries.has(state, consensus), `a reserve under unknown ${consensus}`);
  for (const [key] of state.scan(tables.storageKey(0, new Uint8Array()).subarray(0, 1))) {
    const consensus = new DataView(key.buffer, key.byteOffset).getUint32(1);
    require(tables.consensusEntries.has(state, consensus), `storage of unknown ${consensus}`);
  }
}

function requireModules(state: StateReader, epoch: number): void {
  let next = 0;
  for (const [[id], module] of tables.modules.scan(state, [])) {
    require(module.id === id, `module ${id} under the key of another`);
    require(hasTerms(module, epoch), `the terms of module ${id}`);
    requireAlias(module.alias);
    requireUrl(module.url);
    requireMaxLinks(module.maxLinks);
    for (const { prices } of module.prices) requirePrices(prices);
    for (const { consensus } of module.bindings) requireConsensus(state, consensus);
    next = id + 1;
  }
  requireNext(tables.nextModule.get(state), next, 'module');
}

function hasTerms({ bindings, prices, registeredEpoch, retiredEpoch }: Module, epoch: number): boolean {
  const stamps = [bindings, prices].map(terms => terms.map(({ fromEpoch }) => fromEpoch));
  return (
    registeredEpoch <= epoch &&
    (retiredEpoch ?? 0) <= epoch + 1 &&
    stamps.every(stamped => stamped.length > 0 && isAscending(stamped) && (stamped.at(-1) ?? 0) <= epoch + 1)
  );
}

function requireLinks(state: StateReader, epoch: number): void {
  const check = (parent: number, child: number, { terms, fromEpoch, untilEpoch }: Link): void => {
    const name = `the link ${parent} -> ${child}`;
    require(terms.parent === parent && terms.child === child, `${name} under the key of another`);
    require(tables.modules.has(state, parent) &&
      tables.modules.has(state, child), `${name} of unknown modules`);
    const until = untilEpoch ?? epoch + 1;
    requireAlias(terms.alias);
    require(fromEpoch <= epoch + 1 &&
      until <= epoch + 1 &&
      (untilEpoch ?? fromEpoch + 1) > fromEpoch, `the epochs of ${name}`);
  };
  for (const [[parent, child], link] of tables.links.scan(state, [])) check(parent, child, link);
  for (const [[parent, child, from], link] of tables.pastLinks.scan(state, [])) {
    check(parent, child, link);
    const newest = tables.links.get(state, parent, child);
    require(link.fromEpoch === from, `a past link ${parent} -> ${child} under the key of another`);
    require(link.untilEpoch !== null &&
      (newest === undefined ||
        newest.fromEpoch >= link.untilEpoch), `a past link ${parent} -> ${child} that is not past`);
  }
  for (const [[parent, child], { terms, expires }] of tables.proposals.scan(state, [])) {
    require(terms.parent === parent && terms.child === child, `a proposal of ${parent} -> ${child}`);
    require(tables.modules.has(state, parent) &&
      tables.modules.has(state, child), 'a proposal of unknown modules');
    require(expires <= 2 * MAX_EPOCH, `when the proposal of ${parent} -> ${child} ends`);
  }
}

function requireStakes(state: StateReader, epoch: number): void {
  for (const [[kind, id, staker], stake] of tables.stakes.scan(state, [])) {
    require(isTarget(kind, id), `stake of ${staker} on nothing that there is`);
    require(stake.amount > 0n || stake.thawing.length > 0, `empty stake of ${staker}`);
    require(thaws(stake), `thawing stake of ${staker}`);
    require(tables.stakeTotals.has(state, kind, id), `no total of the stake on ${id}`);
    if (kind === 0) require(tables.modules.has(state, Number(id)), `stake on unknown module ${Number(id)}`);
  }
  for (const [[kind, id], total] of tables.stakeTotals.scan(state, [])) {
    require(isTarget(kind, id), `stake on ${id}, which nobody can stake on`);
    require(total.epoch <= epoch, `the stake on ${id} is of an epoch to come`);
  }
}

/** Of a module the whole id is its number. */
const isTarget = (kind: number, id: `0x${string}`): boolean =>
  kind === 1 || (kind === 0 && /^0x0{56}[0-9a-f]{8}$/.test(id));

const thaws = ({ thawing }: Stake): boolean =>
  isAscending(thawing.map(({ epoch }) => epoch)) &&
  thawing.every(({ amount, epoch }) => amount > 0n && epoch <= 2 * MAX_EPOCH);

function requireProposals(state: StateReader, epoch: number): void {
  let next = 0;
  for (const [[id], proposal] of tables.govProposals.scan(state, [])) {
    require(proposal.id === id, `proposal ${id} under the key of another`);
    requireTitle(proposal.title);
    require(proposal.epoch <= epoch, `proposal ${id} is of an epoch to come`);
    next = id + 1;
  }
  requireNext(tables.nextGovProposal.get(state), next, 'proposal');
  for (const [[id]] of tables.govTallies.scan(state, []))
    require(tables.govProposals.has(state, id), `a tally of unknown proposal ${id}`);
}

const requireNext = (id: number | undefined, free: number, what: string): void =>
  require((id ?? 0) >= free && (id ?? 0) <= MAX_ID, `the id of the next ${what}`);

const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
