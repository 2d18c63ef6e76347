import { Option } from 'commander';
import { wholeNumber } from '../numbers.ts';
import { withProgress } from '../progress.ts';
import type { Register } from './types.ts';

const UP_HELP = `
Examples:
  devnet up                              four validators, ready for programs
  devnet up --demo                       with modules that call each other and settle every epoch
  devnet up --nodes 1 --block-time manual
  devnet up --detach && devnet status`;

export const registerCluster: Register = (program, run) => {
  program
    .command('up')
    .description('start the devnet, or go on with the one in the directory; Ctrl-C stops it')
    .option('--nodes <count>', 'validators (default: 4)')
    .option('--block-time <time>', 'auto, manual, or milliseconds (default: auto)')
    .option('--epoch-length <blocks>', 'blocks per epoch (default: 20)')
    .option('--accounts <count>', 'funded development accounts (default: 10)')
    .option('--balance <tokens>', 'tokens for each of them (default: 10000)')
    .option('--seed <phrase>', 'secret phrase of all accounts (default: the well-known one)')
    .option('--consensus <names>', 'built-in consensus modules besides consensus-0: cells (default: none)')
    .option('--port <port>', 'gateway; nodes follow at +10, +20 ...; 0 takes free ports (default: 8700)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--rpc-rate-limit <requests>', 'a second from one address; 0 for no limit (default: 100000)')
    .option('--plugin-isolation <tier>', 'the weakest isolation of any plugin: T1, T2 or T3')
    .option('--config <file>', 'settings file (default: devnet.toml if there is one)')
    .option('--profile <name>', 'profile of the settings file')
    .option('--reset', 'forget the chain in the directory and start a new one')
    .option('--load <file>', 'start a new chain with the state of this file: devnet dump writes it')
    .option('--demo', 'run the demo economy')
    .option('--detach', 'leave it running in the background')
    .addHelpText('after', UP_HELP)
    .action(async (options: Record<string, string | boolean | undefined>) => {
      const { up } = await import('./up.ts');
      const { dir, json } = run.globals();
      const { config, profile, reset, demo, detach, load, ...flags } = options;
      const code = await up({
        flags: { ...kebab(flags), ...(program.getOptionValueSource('dir') === 'default' ? {} : { dir }) },
        config: config as string | undefined,
        profile: profile as string | undefined,
        reset: reset === true,
        demo: demo === true,
        detach: detach === true,
        load: load as string | undefined,
        json,
        argv: process.argv.slice(2),
      });
      // Whatever a demo still waits for must not hold the process.
      process.exit(code);
    });

  program
    .command('down')
    .description('stop the devnet')
    .action(() => run.alone(async ({ dir }) => (await import('./down.ts')).down(dir)));

  program
    .command('status')
    .description('nodes, heights and the epoch')
    .action(() => run.alone(async options => (await import('./status.ts')).status(options)));

  program
    .command('logs')
    .description("show the nodes' logs; with --json one value a line")
    .argument('[node]', 'index of one node')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <count>', 'last lines of each log', '50')
    .action(async (node: string | undefined, { follow, lines }: { follow?: boolean; lines: string }) => {
      const { logs } = await import('./logs.ts');
      const { dir, json } = run.globals();
      await logs(dir, {
        json,
        node: node === undefined ? null : wholeNumber(node),
        follow: follow === true,
        lines: wholeNumber(lines),
      });
    });

  program
    .command('mine')
    .description('make blocks')
    .argument('[count]', 'how many', '1')
    .addOption(new Option('--quiet', 'no progress').hideHelp())
    .action((count: string) =>
      run.withContext(async ({ client }) => {
        const blocks = wholeNumber(count);
        const { height } = await withProgress(`making ${blocks} blocks`, () => client.mine({ blocks }));
        return { value: { height }, text: `height ${height}` };
      }),
    );
};

/** `blockTime` is `block-time` in devnet.toml. */
const kebab = (flags: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [
      name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`),
      value,
    ]),
  );
