/** `devnet plugin dev`: what an author saves runs on every node of a devnet. */
import { constants } from 'node:os';
import { parseTokens } from '../amount.ts';
import type { GlobalOptions } from '../context.ts';
import { wholeNumber } from '../numbers.ts';
import { toJson } from '../output.ts';
import type { DevEvent } from '../plugins/dev/events.ts';
import { paramsOf } from './params.ts';
import type { Register } from './types.ts';

interface DevFlags {
  readonly once?: boolean;
  readonly advance?: boolean;
  readonly test?: boolean;
  readonly resetState?: boolean;
  readonly id?: string;
  readonly params?: string;
  readonly mintCap?: string;
}

export const registerDeveloping: Register = (plugin, run) => {
  plugin
    .command('dev')
    .description('what you save runs on the devnet from its next epoch on; Ctrl-C ends it')
    .argument('[folder]', 'with module.toml and src/index.ts', '.')
    .option('--advance', 'begin the next epoch at once')
    .option('--test', 'run the tests of the plugin before each version')
    .option('--params <json>', 'parameters where it gets a new consensus id (default: {})')
    .option(
      '--mint-cap <tokens>',
      'what it may mint in one epoch (default: what the version before may, else 0)',
    )
    .option('--id <n>', 'consensus id (default: the newest one of its name, else the lowest free one)')
    .option('--reset-state', 'begin with empty storage under a new id; the old one stays as it is')
    .option('--once', 'one round, without watching')
    .addHelpText('after', `\nExample:\n  devnet plugin dev --advance --params '{"burned":100}'`)
    .action((folder: string, flags: DevFlags) => develop(run.globals(), folder, flags));
};

async function develop(globals: GlobalOptions, folder: string, flags: DevFlags): Promise<void> {
  const { id, params, mintCap, advance, test, resetState, once } = flags;
  const { devOnce, devUntil } = await import('../plugins/dev/session.ts');
  const { textOf } = await import('../plugins/dev/events.ts');
  const report = (event: DevEvent): void => {
    const { text, to } = globals.json ? { text: toJson(event), to: 'stdout' as const } : textOf(event);
    process[to].write(`${text}\n`);
  };
  const options = {
    ...globals,
    folder,
    id: id === undefined ? undefined : wholeNumber(id),
    reset: resetState === true,
    params: paramsOf(params),
    mintCap: mintCap === undefined ? undefined : parseTokens(mintCap),
    advance: advance === true,
    test: test === true,
    report,
  };
  const ending = signalled();
  try {
    if (once === true) report(await devOnce(options, ending));
    else await devUntil(options, ending);
  } catch (error) {
    // Whoever has ended it does not want to hear what that has ended.
    if (!ending.aborted) throw error;
  }
}

/** A second signal ends the process at once. */
function signalled(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // 128 and the signal's number, as shells have it.
      process.exitCode = 128 + constants.signals[signal];
      if (controller.signal.aborted) process.exit();
      controller.abort(signal);
    });
  return controller.signal;
}
