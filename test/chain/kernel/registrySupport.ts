/** Chains on which versions of the ledger are installed, and what their blocks say about it. */
import assert from 'node:assert/strict';
import { type ChainEvent, getConsensus, type Installation, type KernelCall } from '../../../chain/index.ts';
import type { ConsensusModule } from '../../../consensus/interface/index.ts';
import {
  accountOf,
  createTestChain,
  GENESIS_TIME,
  readEvents,
  type TestChain,
  VALIDATOR,
} from '../../support/chain.ts';
import { codeOf, install, installationOf, LEDGER, ledger, moveRows } from '../../support/ledger.ts';

export const first = ledger({ version: '1.0.0', stateVersion: 1 });
export const second = ledger({ version: '2.0.0', stateVersion: 2, migrate: moveRows });
export const EMPTY = new Uint8Array();
export const upgrade = (module: ConsensusModule, epoch: number, fields: Partial<Installation> = {}) =>
  install(installationOf(module, epoch, { params: EMPTY, ...fields }));

export const chainWith = (...modules: readonly ConsensusModule[]): TestChain =>
  createTestChain({ code: codeOf(...modules) });

/** A chain on which the first module is in force, in the block after its first. */
export function installed(module: ConsensusModule, ...others: readonly ConsensusModule[]): TestChain {
  const chain = chainWith(module, ...others);
  chain.ok(VALIDATOR, install(installationOf(module, 1)));
  chain.nextEpoch();
  assert.equal(getConsensus(chain.state, LEDGER)?.version, module.info.version);
  return chain;
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('it is not there');
  return value;
}

export const codeOfFailure = (event: { readonly data: unknown } | undefined): string =>
  (required(event).data as { code: string }).code;

const named = (events: readonly ChainEvent[], chain: TestChain) => readEvents(events, chain.mechanisms);
export const registryEvents = (events: readonly ChainEvent[], chain: TestChain) =>
  named(events, chain).filter(({ name }) => name.startsWith('Consensus'));
export const inputOf = (chain: TestChain, calls: readonly (readonly [from: string, call: KernelCall])[]) => ({
  height: chain.height + 1,
  time: GENESIS_TIME + (chain.height + 1) * 1000,
  proposer: accountOf(VALIDATOR),
  evidence: [],
  transactions: calls.map(([from, call]) => chain.transaction(from, call)),
});
