/** A node's runner with the attacker behind it, in a tier. */
import { type CheckedTransaction, viewOf } from '../../../chain/index.ts';
import { isolatedCommand, loadable } from '../../../node/isolation/index.ts';
import type { Tier } from '../../../node/package/index.ts';
import { pluginOptions } from '../../../node/plugins/consensus.ts';
import { openPlugin, type Plugin } from '../../../node/plugins/plugin.ts';
import { createRunner, type Runner } from '../../../node/plugins/runner.ts';
import { createTestChain } from '../../support/chain.ts';
import { PROBE, withProbe } from '../../support/probe.ts';
import { callsWith, inputOf, weighed } from '../plugins/support.ts';
import { silentLog } from '../support/log.ts';

const options = { ...withProbe({}), accounts: ['Alice', 'Bob'], checkInvariants: false };

export interface Bed {
  readonly plugin: Plugin;
  readonly runner: Runner;
  /** Lines that the log of the node took. */
  readonly lines: () => number;
  /** One block with one call: what came of it, in words. */
  verdict(number: number): Promise<string>;
}

export async function openBed(tier: Tier): Promise<Bed> {
  const url = await loadable(new URL('./attacker.ts', import.meta.url).href);
  const command = await isolatedCommand(tier, url);
  const code = { url, exportName: 'attacker', name: 'probe', version: '1.0.0' };
  let lines = 0;
  const log = { ...silentLog, info: () => void lines++ };
  const plugin = await openPlugin({
    ...pluginOptions({ consensus: PROBE, code, command, log }),
    requestDeadline: 2_500,
    attempts: 1,
  });
  const runner = createRunner(new Map([...(options.mechanisms ?? []), [PROBE, plugin.shell]]), [plugin]);
  const isolated = { plugin, runner };

  async function verdict(number: number): Promise<string> {
    const chain = createTestChain(options);
    let checked: readonly CheckedTransaction[];
    try {
      checked = await weighed(isolated, chain, callsWith(chain, ['Alice'], [number]));
    } catch (error) {
      return `no answer: ${String(error)}`;
    }
    const { rejected, execution } = await runner.select(chain.state, inputOf(chain, checked));
    const [refusal] = rejected;
    if (refusal !== undefined) return `no answer: ${refusal.error.message}`;
    const [outcome] = execution.outcomes.transactions;
    if (outcome?.ok !== true) return `fails: ${outcome?.failure?.code} ${outcome?.failure?.message}`;
    const row = viewOf(execution.state, PROBE).get(Uint8Array.of(number & 0xff));
    return row === undefined ? 'nothing happened' : Buffer.from(row).toString('utf8');
  }
  return { plugin, runner, lines: () => lines, verdict };
}
