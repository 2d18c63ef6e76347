import { wholeNumber } from '../numbers.ts';
import { withProgress } from '../progress.ts';
import type { Register } from './types.ts';

/** Longer than a node takes to start, and to catch up before it becomes a validator. */
const START_MS = 120_000;

const ACTIONS = [
  ['kill', 'dev_nodeKill', 'kill a node as a crash would (SIGKILL); it stays down'],
  ['pause', 'dev_nodePause', 'stop a node in its tracks (SIGSTOP); it keeps its connections'],
  ['resume', 'dev_nodeResume', 'let a paused node go on (SIGCONT)'],
  ['restart', 'dev_nodeRestart', 'start a node again, whatever its state'],
] as const;

const NODE_HELP = `
A node that ends by itself is started again, after 1 s, 2 s, 4 s ... up to 30 s; one that was killed here stays down.

Examples:
  devnet node add                a node that follows the chain
  devnet node add --validator    it stakes from alice and votes from the next epoch
  devnet node pause 2 && devnet node resume 2
  devnet node kill 3 && devnet node restart 3`;

export const registerNodes: Register = (program, run) => {
  const node = program
    .command('node')
    .description('processes of the cluster')
    .addHelpText('after', NODE_HELP);
  node
    .command('add')
    .description('one more node, with its own key and ports; it is there again after down and up')
    .option('--validator', 'stake on it from the first development account')
    .action(({ validator = false }: { validator?: boolean }) =>
      run.withContext(async ({ client }) => {
        const value = await withProgress('one more node starts and catches up', () =>
          client.request('dev_nodeAdd', { validator }, { timeoutMs: START_MS }),
        );
        const role = validator ? ', it votes from the next epoch' : '';
        return { value, text: `node ${value.index} is ${value.state} at ${value.rpc}${role}` };
      }),
    );
  for (const [name, method, description] of ACTIONS)
    node
      .command(name)
      .description(description)
      .argument('<node>', 'index')
      .action((argument: string) =>
        run.withContext(async ({ client }) => {
          const index = wholeNumber(argument);
          const value = await client.request(method, { node: index }, { timeoutMs: START_MS });
          return { value, text: `node ${index} is ${value.state}` };
        }),
      );
};
