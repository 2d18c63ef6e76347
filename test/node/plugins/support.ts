/** Processes of the modules in `modules.ts`, and blocks for them. */
import type { CheckedTransaction } from '../../../chain/index.ts';
import { pluginOptions } from '../../../node/plugins/consensus.ts';
import { openPlugin, type Plugin, type PluginOptions } from '../../../node/plugins/plugin.ts';
import { createRunner, type Runner } from '../../../node/plugins/runner.ts';
import {
  accountOf,
  GENESIS_TIME,
  type TestChain,
  type TestChainOptions,
  VALIDATOR,
} from '../../support/chain.ts';
import { callProbe, PROBE } from '../../support/probe.ts';
import { silentLog } from '../support/log.ts';

const here = (file: string): string => new URL(file, import.meta.url).href;
/** Modules by their export. */
const FILES = {
  greedyModule: here('./modules.ts'),
  villain: here('./villain.ts'),
  unsteady: here('./unsteady.ts'),
} as const;
type Exported = keyof typeof FILES;

export const optionsOf = (exportName: Exported, more: Partial<PluginOptions> = {}): PluginOptions => ({
  ...pluginOptions({
    consensus: PROBE,
    code: { url: FILES[exportName], exportName, name: 'probe', version: '1.0.0' },
    log: silentLog,
  }),
  ...more,
});

export interface Isolated {
  readonly plugin: Plugin;
  readonly runner: Runner;
}

export async function isolate(
  exportName: Exported,
  { mechanisms = new Map() }: TestChainOptions,
  more: Partial<PluginOptions> = {},
): Promise<Isolated> {
  const plugin = await openPlugin(optionsOf(exportName, more));
  return { plugin, runner: createRunner(new Map([...mechanisms, [PROBE, plugin.shell]]), [plugin]) };
}

export const inputOf = (chain: TestChain, transactions: readonly CheckedTransaction[]) => ({
  height: chain.height + 1,
  time: GENESIS_TIME + (chain.height + 1) * 1000,
  proposer: accountOf(VALIDATOR),
  evidence: [],
  transactions,
});

/** With what the process says about each call, not what the code says here. */
export const weighed = (
  { runner }: Pick<Isolated, 'runner'>,
  { state }: Pick<TestChain, 'state'>,
  transactions: readonly CheckedTransaction[],
): Promise<CheckedTransaction[]> =>
  Promise.all(
    transactions.map(async checked => {
      const { transaction } = checked;
      const signed = { transaction, signature: new Uint8Array(65) };
      const {
        own: _,
        call: __,
        ...facts
      } = await runner.checks(signed, transaction.chainId, runner.mechanisms(state));
      return { ...checked, ...facts };
    }),
  );

/** Calls of the probe with these numbers, one sender each. */
export const callsWith = (chain: TestChain, senders: readonly string[], numbers: readonly number[]) =>
  numbers.map((number, index) => chain.transaction(senders[index] ?? '', callProbe(0n, number)));
