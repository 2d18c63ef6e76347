/** All commands. Definitions are light; what a command needs is imported when it runs. */
import { Command, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { Register, Run } from './commands/types.ts';
import type { GlobalOptions } from './context.ts';
import { describe } from './help/describe.ts';
import { printAnswer } from './output.ts';

/** Commands that come from one file. */
interface Part {
  readonly names: readonly string[];
  readonly load: () => Promise<Register>;
}

/** In the order in which help lists them. */
const PARTS: readonly Part[] = [
  {
    names: ['up', 'down', 'status', 'logs', 'mine'],
    load: async () => (await import('./commands/cluster.ts')).registerCluster,
  },
  { names: ['node'], load: async () => (await import('./commands/nodes.ts')).registerNodes },
  {
    names: ['partition', 'heal', 'latency', 'loss', 'faults'],
    load: async () => (await import('./commands/faults.ts')).registerFaults,
  },
  { names: ['rpc-faults'], load: async () => (await import('./commands/rpcFaults.ts')).registerRpcFaults },
  {
    names: ['accounts', 'balance', 'transfer', 'faucet'],
    load: async () => (await import('./commands/accounts.ts')).registerAccounts,
  },
  { names: ['tx'], load: async () => (await import('./commands/tx.ts')).registerTransactions },
  { names: ['module'], load: async () => (await import('./commands/modules.ts')).registerModules },
  { names: ['link'], load: async () => (await import('./commands/links.ts')).registerLinks },
  { names: ['stake'], load: async () => (await import('./commands/stake.ts')).registerStake },
  { names: ['escrow'], load: async () => (await import('./commands/escrow.ts')).registerEscrow },
  {
    names: ['serve', 'call', 'receipts'],
    load: async () => (await import('./commands/calls.ts')).registerCalls,
  },
  { names: ['consensus'], load: async () => (await import('./commands/consensus.ts')).registerConsensus },
  { names: ['checker'], load: async () => (await import('./commands/checkers.ts')).registerCheckers },
  { names: ['gov'], load: async () => (await import('./commands/gov.ts')).registerGov },
  { names: ['key'], load: async () => (await import('./commands/keys.ts')).registerKeys },
  { names: ['epoch'], load: async () => (await import('./commands/epochs.ts')).registerEpochs },
  {
    names: ['time', 'snapshot', 'snapshots', 'revert', 'impersonate'],
    load: async () => (await import('./commands/control.ts')).registerControl,
  },
  { names: ['dump', 'load'], load: async () => (await import('./commands/dumps.ts')).registerDumps },
  { names: ['plugin'], load: async () => (await import('./commands/plugins.ts')).registerPlugins },
  { names: ['trace', 'divergence'], load: async () => (await import('./commands/trace.ts')).registerTrace },
  { names: ['replay'], load: async () => (await import('./commands/replay.ts')).registerReplay },
  {
    names: ['doctor', 'completion'],
    load: async () => (await import('./commands/machine.ts')).registerMachine,
  },
];

/** It shows all the others. */
const COMPLETION = 'completion';
/** Global options that take the next word. */
const WITH_VALUE: readonly string[] = ['--dir', '--rpc'];

/** The commands, or of those only what this line needs: to load all of them takes longer than most of them do. */
async function registersFor(words: readonly string[] | null): Promise<readonly Register[]> {
  const name = words === null ? undefined : commandName(words);
  const part =
    name === COMPLETION ? undefined : PARTS.find(({ names }) => name !== undefined && names.includes(name));
  if (part !== undefined) return [await part.load()];
  const isVersion = name === undefined && words?.some(word => word === '--version' || word === '-V') === true;
  return isVersion ? [] : Promise.all(PARTS.map(({ load }) => load()));
}

function commandName(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return word;
    if (WITH_VALUE.includes(word)) at++;
  }
  return undefined;
}

export interface Program {
  readonly program: Command;
  readonly globals: () => GlobalOptions;
}

/** With all commands, or for one line with those that it needs. */
export async function createProgram(words: readonly string[] | null = null): Promise<Program> {
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
  for (const register of await registersFor(words)) register(program, runWith(globals));
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
