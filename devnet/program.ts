/** All commands. Definitions are light; what a command needs is imported when it runs. */
import { Command, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { registerAccounts } from './commands/accounts.ts';
import { registerCalls } from './commands/calls.ts';
import { registerCheckers } from './commands/checkers.ts';
import { registerCluster } from './commands/cluster.ts';
import { registerConsensus } from './commands/consensus.ts';
import { registerControl } from './commands/control.ts';
import { registerDumps } from './commands/dumps.ts';
import { registerEpochs } from './commands/epochs.ts';
import { registerEscrow } from './commands/escrow.ts';
import { registerFaults } from './commands/faults.ts';
import { registerGov } from './commands/gov.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLinks } from './commands/links.ts';
import { registerMachine } from './commands/machine.ts';
import { registerModules } from './commands/modules.ts';
import { registerNodes } from './commands/nodes.ts';
import { registerPlugins } from './commands/plugins.ts';
import { registerReplay } from './commands/replay.ts';
import { registerRpcFaults } from './commands/rpcFaults.ts';
import { registerStake } from './commands/stake.ts';
import { registerTrace } from './commands/trace.ts';
import { registerTransactions } from './commands/tx.ts';
import type { Register, Run } from './commands/types.ts';
import type { GlobalOptions } from './context.ts';
import { describe } from './help/describe.ts';
import { printAnswer } from './output.ts';

/** In the order in which help lists them. */
const REGISTERS: readonly Register[] = [
  registerCluster,
  registerNodes,
  registerFaults,
  registerRpcFaults,
  registerAccounts,
  registerTransactions,
  registerModules,
  registerLinks,
  registerStake,
  registerEscrow,
  registerCalls,
  registerConsensus,
  registerCheckers,
  registerGov,
  registerKeys,
  registerEpochs,
  registerControl,
  registerDumps,
  registerPlugins,
  registerTrace,
  registerReplay,
  registerMachine,
];

export function createProgram(): { readonly program: Command; readonly globals: () => GlobalOptions } {
  const program = new Command('devnet')
    .description('A local devnet blockchain with pluggable consensus modules.')
    .version(packageJson.version)
    .addOption(
      new Option('--dir <directory>', 'directory of the devnet').default('.devnet').env('DEVNET_DIR'),
    )
    .addOption(
      new Option('--rpc <url>', 'RPC of another devnet than the one in the directory').env('DEVNET_RPC'),
    )
    .option('--json', 'answer with one JSON value')
    .exitOverride();

  const globals = (): GlobalOptions => {
    const { dir, rpc, json } = program.opts<{ dir: string; rpc?: string; json?: boolean }>();
    return { dir, rpc, json: json === true };
  };
  for (const register of REGISTERS) register(program, runWith(globals));
  describe(program);
  return { program, globals };
}

/** Runs a command against the devnet and prints its answer. */
const runWith = (globals: () => GlobalOptions): Run => ({
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
});
