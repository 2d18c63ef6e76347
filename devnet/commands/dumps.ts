/** The state of a devnet in a file, and from a file. */
import type { Context } from '../context.ts';
import type { Answer } from '../output.ts';
import { withProgress } from '../progress.ts';
import type { Register } from './types.ts';

const DUMP_HELP = `
Examples:
  devnet dump state.dump                 while it runs; any node has the same bytes
  devnet down && devnet up --reset --nodes 1 --load state.dump`;

const LOAD_HELP = `
What makes blocks stays: the validators and what they staked on themselves, code in force, the name of the chain.
Heights, nonces and time go on; what was before counts no longer, and a snapshot from before can be gone back to.

Examples:
  devnet load state.dump                 into the devnet that runs, of any size
  devnet snapshot before && devnet load state.dump && devnet revert before`;

export const registerDumps: Register = (program, run) => {
  program
    .command('dump')
    .description('write the state of the devnet to a file: accounts, modules, links, mechanisms, the epoch')
    .argument('<file>', 'is replaced if it exists')
    .addHelpText('after', DUMP_HELP)
    .action((file: string) => run.withContext(context => dump(context, file)));
  program
    .command('load')
    .description('give a running devnet the state of a file that devnet dump wrote')
    .argument('<file>')
    .addHelpText('after', LOAD_HELP)
    .action((file: string) => run.withContext(context => load(context, file)));
};

async function dump({ client }: Context, file: string): Promise<Answer> {
  const { writeAtomic } = await import('../supervisor/runFile.ts');
  const { file: bytes, ...value } = await withProgress('reading the state', () => client.dump());
  writeAtomic(file, bytes);
  const text = `${file}: ${value.chainId} after block ${value.height}, ${bytes.length} bytes\n${value.dump}`;
  return { value: { ...value, file, bytes: bytes.length }, text };
}

async function load({ client }: Context, file: string): Promise<Answer> {
  const { readDumpFile } = await import('../dumpFile.ts');
  const { bytes } = readDumpFile(file);
  const value = await withProgress(`giving the devnet the state of ${file}`, () =>
    client.load({ file: bytes }),
  );
  const { epoch } = await client.getCurrentEpoch();
  const { height, from } = value;
  return {
    value: { ...value, epoch },
    text: `block ${height} has the state of ${from.chainId} after block ${from.height}, epoch ${epoch}`,
  };
}
