import { colors } from './colors.ts';
import { table } from './output.ts';
import type { RunFile } from './supervisor/runFile.ts';

/** What `devnet up` shows when the cluster is ready. `ms` is the time it took, null when unknown. */
export function banner(run: RunFile, ms: number | null): string {
  const accounts = run.accounts.slice(0, 10).map(({ name, address, uri }) => [name, address, uri]);
  const more =
    run.accounts.length > 10 ? [colors.dim(`and ${run.accounts.length - 10} more: devnet accounts`)] : [];
  return [
    '',
    `${colors.bold(run.chainId)} is ready${ms === null ? '' : ` after ${(ms / 1000).toFixed(2)} s`}: ${run.nodes.length} ${run.nodes.length === 1 ? 'node' : 'nodes'}`,
    '',
    `  RPC        ${colors.cyan(run.rpc)}   (WebSocket: ${run.ws})`,
    `  dashboard  ${colors.cyan(run.dashboard)}   in a browser`,
    `  metrics    ${run.rpc}/metrics   ready: ${run.rpc}/readyz`,
    ...run.nodes.map(({ index, rpc, log }) => `  node ${index}     ${rpc}   ${colors.dim(log)}`),
    '',
    table(['account', 'address', 'secret URI'], accounts),
    ...more,
    '',
    colors.yellow('These keys are public. Never use them where money is real.'),
    '',
  ].join('\n');
}
