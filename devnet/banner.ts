import { relative } from 'node:path';
import { colors } from './colors.ts';
import { table } from './output.ts';
import type { RunFile } from './supervisor/runFile.ts';

const SHOWN_ACCOUNTS = 10;

/** What `devnet up` shows when the cluster is ready, in 80 columns. `ms` is the time it took, null when unknown. */
export function banner(run: RunFile, ms: number | null): string {
  const shown = run.accounts.slice(0, SHOWN_ACCOUNTS);
  const phrase = phraseOf(run);
  const more = run.accounts.length - shown.length;
  return [
    '',
    `${colors.bold(run.chainId)} is ready${ms === null ? '' : ` after ${(ms / 1000).toFixed(2)} s`}: ${run.nodes.length} ${run.nodes.length === 1 ? 'node' : 'nodes'}`,
    '',
    `  RPC        ${colors.cyan(run.rpc)}   (WebSocket: ${run.ws})`,
    `  dashboard  ${colors.cyan(run.dashboard)}   in a browser`,
    `  metrics    ${run.rpc}/metrics`,
    ...run.nodes.map(
      ({ index, rpc, log }) => `  node ${`${index}`.padEnd(5)} ${rpc}   ${colors.dim(near(log))}`,
    ),
    '',
    table(
      ['account', 'address', phrase === '' ? 'secret URI' : 'path'],
      shown.map(({ name, address, uri }) => [name, address, uri.slice(phrase.length)]),
    ),
    ...(more > 0 ? [colors.dim(`and ${more} more: devnet accounts`)] : []),
    '',
    colors.yellow(
      phrase === ''
        ? 'These keys are public. Never use them where money is real.'
        : 'Whoever has the seed phrase has these keys: a secret is the phrase and a path.',
    ),
    '',
  ].join('\n');
}

/** What stands before the paths of all secrets: nothing on a devnet with the well-known phrase. */
function phraseOf({ accounts }: RunFile): string {
  const uri = accounts[0]?.uri ?? '';
  return uri.slice(0, Math.max(0, uri.indexOf('//')));
}

/** From here, where that is shorter. */
function near(path: string): string {
  const here = relative('.', path);
  return here.length < path.length ? here : path;
}
