/** Kills real processes under load, as a plan says, and proves after each kill and at the end that nothing was lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { built } from '../e2e/support.ts';
import { type Calls, callers, moduleKeys, prepareCalls } from './calls.ts';
import { type Cluster, startCluster, within } from './cluster.ts';
import type { Act, Moment, Plan } from './plan.ts';
import { type Findings, inspect, replay } from './remains.ts';
import { type Figures, figuresOf, Recoveries } from './report.ts';
import { senders, sendTransfers, type Transfers } from './transfers.ts';

export const MODULES = 2;
const CALLERS = 2;
const SENDERS = 6;
/** Longest wait for a moment that may not come, such as a proposal of a node whose turn it is not, in milliseconds. */
const PATIENCE = 5_000;
const FINISH = 180_000;

export interface SoakOptions {
  readonly plan: Plan;
  /** Blocks. */
  readonly epochLength: number;
  /** No act begins later than so many milliseconds after the first; what is left of the plan is left out. */
  readonly limitMs?: number;
  /** After each act. */
  readonly onAct?: (done: number, act: Act, cluster: Cluster) => void;
}

/** Rejects with the first thing that is wrong; then the directory of the run is kept, and named in the error. */
export async function soak(options: SoakOptions): Promise<Figures> {
  await built();
  const directory = mkdtempSync(join(tmpdir(), 'devnet-soak-'));
  try {
    const figures = await soakIn(directory, options);
    rmSync(directory, { recursive: true, force: true });
    return figures;
  } catch (error) {
    throw new Error(
      `seed ${options.plan.seed}: ${error instanceof Error ? error.message : String(error)} (left in ${directory})`,
      {
        cause: error,
      },
    );
  }
}

interface Stage {
  readonly cluster: Cluster;
  readonly calls: Calls;
  readonly transfers: Transfers;
  readonly recoveries: Recoveries;
}

async function soakIn(directory: string, options: SoakOptions): Promise<Figures> {
  const { plan, epochLength } = options;
  const people = senders(SENDERS);
  const clients = callers(CALLERS);
  const cluster = await startCluster(directory, [...people, ...clients, ...moduleKeys(MODULES)], epochLength);
  let calls: Calls | null = null;
  try {
    await Promise.all(cluster.validators.map(({ index }) => cluster.start(index)));
    await cluster.advanced();
    calls = await prepareCalls(cluster, directory, MODULES, clients, plan.seed);
    const transfers = sendTransfers(cluster, people, plan.seed);
    calls.begin();
    const stage: Stage = { cluster, calls, transfers, recoveries: new Recoveries() };
    const broken = [cluster.broken, calls.broken, transfers.broken];
    const acts = await Promise.race([perform(stage, options), ...broken]);
    await within(FINISH, 'all that was accepted is final', Promise.race([transfers.finish(), ...broken]));
    await within(FINISH, 'all that is owed is settled', Promise.race([calls.finish(), ...broken]));
    await finalLook(directory, stage);
    return figuresOf({ seed: plan.seed, acts }, cluster, transfers, calls, stage.recoveries);
  } finally {
    await calls?.stop();
    await cluster.stop();
  }
}

/** Returns the acts that it came to. */
async function perform(
  stage: Stage,
  { plan, onAct, limitMs = Number.POSITIVE_INFINITY }: SoakOptions,
): Promise<readonly Act[]> {
  const { acts } = plan;
  const began = performance.now();
  for (const [at, act] of acts.entries()) {
    if (performance.now() - began > limitMs) return acts.slice(0, at);
    await performAct(stage, act);
    await stage.calls.audit();
    onAct?.(at + 1, act, stage.cluster);
  }
  return acts;
}

async function performAct(stage: Stage, { victims, moment, again, module }: Act): Promise<void> {
  const { cluster, calls, recoveries } = stage;
  const [first = 0] = victims;
  await Promise.race([momentComes(stage, moment, first), pause(PATIENCE)]);
  await Promise.all([cluster.kill(victims), module === null ? null : calls.kill(module)]);
  const killed = performance.now();
  if (again?.kind === 'syncing') await blocksPass(cluster, again.blocks);
  const starting = victims.map(index => cluster.start(index));
  if (again !== null) {
    const rest = starting.slice(1);
    await dieAgain(stage, first, again, starting[0] ?? Promise.resolve(0));
    await Promise.all(rest);
    recoveries.start(await cluster.start(first));
  }
  for (const started of again === null ? starting : starting.slice(1)) recoveries.start(await started);
  if (module !== null) await calls.start(module);
  await cluster.advanced();
  recoveries.whole(performance.now() - killed);
  await cluster.inspected();
  mustBeHonest(cluster);
}

/** Resolves in the same turn of the event loop in which the message arrived. */
async function momentComes(
  { cluster, calls, transfers }: Stage,
  moment: Moment,
  first: number,
): Promise<void> {
  const account = cluster.validators[first]?.account;
  switch (moment.kind) {
    case 'delay':
      await pause(moment.ms);
      return;
    case 'message':
      await cluster.witness.until(sight => sight.kind === moment.signed && sight.validator === account);
      return;
    case 'commit':
      await cluster.witness.until(({ kind }) => kind === 'decided');
      await pause(moment.ms);
      return;
    case 'accepted':
      await new Promise<void>(resolve => {
        const stop = transfers.onAccepted(node => {
          if (node !== first) return;
          stop();
          resolve();
        });
      });
      return;
    case 'answered':
      await new Promise<void>(resolve => {
        const stop = calls.onAnswered(() => {
          stop();
          resolve();
        });
      });
  }
}

async function dieAgain(
  { cluster }: Stage,
  index: number,
  again: NonNullable<Act['again']>,
  started: Promise<number>,
): Promise<void> {
  // It may be killed before it is ready; then that is no failure.
  started.catch((error: unknown) => error);
  if (again.kind === 'starting') await pause(again.ms);
  else {
    await started;
    if (again.kind === 'ready') await pause(again.ms);
    else await catchingUp(cluster, index);
  }
  await cluster.kill([index]);
}

/** The node has taken some of the blocks that it missed. */
async function catchingUp({ witness, validators }: Cluster, index: number): Promise<void> {
  const account = validators[index]?.account ?? '0x';
  const before = witness.committed(account);
  await Promise.race([witness.until(() => witness.committed(account) > before), pause(PATIENCE)]);
}

async function blocksPass({ witness }: Cluster, blocks: number): Promise<void> {
  let left = blocks;
  await witness.until(({ kind }) => kind === 'decided' && --left <= 0);
}

function mustBeHonest({ witness, ledger }: Cluster): void {
  const { doubles } = witness.signatures;
  if (doubles.length > 0) throw new Error(doubles.join('\n'));
  for (const [height, hash] of ledger) {
    const decided = witness.signatures.decided(height);
    if (decided !== undefined && decided !== hash)
      throw new Error(`validators signed ${decided} for height ${height}, and ${hash} is stored`);
  }
}

/** Everything on every disk, from the first block on, and one chain executed again. */
async function finalLook(directory: string, { cluster, transfers, calls }: Stage): Promise<void> {
  const { chain, ledger, validators } = cluster;
  for (let module = 0; module < MODULES; module++) await calls.kill(module);
  await cluster.advanced();
  await cluster.kill(validators.map(({ index }) => index));
  await cluster.inspected();
  mustBeHonest(cluster);
  const stores = validators.map(({ index }) => join(directory, `node-${index}`, 'store'));
  const findings: Findings[] = [];
  for (const store of stores) findings.push(await inspect(store, chain, ledger, 0));
  const highest = findings.reduce(
    (best, { height }, at) => (height > (findings[best]?.height ?? 0) ? at : best),
    0,
  );
  const places = await replay(stores[highest] ?? '', chain);
  for (const [hash, { height, index }] of transfers.final) {
    const place = places.get(hash);
    if (place?.height !== height || place.index !== index)
      throw new Error(
        `transaction ${hash} was final at ${height}/${index} and is now at ${place?.height}/${place?.index}`,
      );
  }
  for (const hash of transfers.accepted.keys())
    if (!places.has(hash)) throw new Error(`transaction ${hash} was accepted and stands in no block`);
}
