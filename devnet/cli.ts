/** The command line. Definitions are light; what a command needs is imported when it runs. */
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { registerAccounts } from './commands/accounts.ts';
import { registerCalls } from './commands/calls.ts';
import { registerCheckers } from './commands/checkers.ts';
import { registerCluster } from './commands/cluster.ts';
import { registerConsensus } from './commands/consensus.ts';
import { registerControl } from './commands/control.ts';
import { registerEpochs } from './commands/epochs.ts';
import { registerEscrow } from './commands/escrow.ts';
import { registerFaults } from './commands/faults.ts';
import { registerGov } from './commands/gov.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLinks } from './commands/links.ts';
import { registerModules } from './commands/modules.ts';
import { registerNodes } from './commands/nodes.ts';
import { registerPlugins } from './commands/plugins.ts';
import { registerReplay } from './commands/replay.ts';
import { registerStake } from './commands/stake.ts';
import { registerTrace } from './commands/trace.ts';
import type { Run } from './commands/types.ts';
import type { GlobalOptions } from './context.ts';
import { EXIT, usageError } from './errors.ts';
import { printAnswer, printFailure } from './output.ts';

const program = new Command('devnet')
  .description('A local devnet blockchain with pluggable consensus modules.')
  .version(packageJson.version)
  .addOption(new Option('--dir <directory>', 'directory of the devnet').default('.devnet').env('DEVNET_DIR'))
  .addOption(
    new Option('--rpc <url>', 'RPC of another devnet than the one in the directory').env('DEVNET_RPC'),
  )
  .option('--json', 'answer with one JSON value')
  .showHelpAfterError('(devnet --help lists the commands)')
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

const globals = (): GlobalOptions => {
  const { dir, rpc, json } = program.opts<{ dir: string; rpc?: string; json?: boolean }>();
  return { dir, rpc, json: json === true };
};

/** Runs a command against the devnet and prints its answer. */
const run: Run = {
  globals,
  async withContext(work) {
    const { openContext } = await import('./context.ts');
    const context = openContext(globals());
    try {
      printAnswer(await work(context), context.json);
    } finally {
      context.client.close();
    }
  },
  async alone(work) {
    printAnswer(await work(globals()), globals().json);
  },
};

registerCluster(program, run);
registerNodes(program, run);
registerFaults(program, run);
registerAccounts(program, run);
registerModules(program, run);
registerLinks(program, run);
registerStake(program, run);
registerEscrow(program, run);
registerCalls(program, run);
registerConsensus(program, run);
registerCheckers(program, run);
registerGov(program, run);
registerKeys(program, run);
registerEpochs(program, run);
registerControl(program, run);
registerPlugins(program, run);
registerTrace(program, run);
registerReplay(program, run);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return printFailure(error, globals().json);
  // Help and version are no failures.
  if (error.exitCode === 0) return EXIT.ok;
  // Commander has told people already; programs get the same as a value. The flag may stand behind the mistake.
  if (process.argv.includes('--json')) printFailure(usageError(error.message), true);
  return EXIT.usage;
}
