/** What a developer does to the whole chain: its time, and acts in the name of others. */

import type { CallJson, Client } from '../../node/client/index.ts';
import { milliseconds } from '../duration.ts';
import { CliError, usageError } from '../errors.ts';
import type { Answer } from '../output.ts';
import type { Register } from './types.ts';

const TIME_HELP = `
Examples:
  devnet time                            the time of the newest block
  devnet time +10m                       blocks from now on are ten minutes later`;

const REVERT_HELP = `
Examples:
  devnet snapshot before && devnet transfer alice bob 5 && devnet revert before
  devnet snapshots                       what there is to go back to`;

const IMPERSONATE_HELP = `
Examples:
  devnet impersonate 5Grw...utQY '{"kind":"retireModule","module":0}'
  devnet impersonate alice '{"kind":"transfer","to":"5FHn...94ty","amount":"5000000000"}'`;

export const registerControl: Register = (program, run) => {
  program
    .command('time')
    .description('the time of blocks; with a duration, puts it forward on all nodes')
    .argument('[duration]', 'for example +10m; units ms, s, m, h, d')
    .addHelpText('after', TIME_HELP)
    .action((duration: string | undefined) =>
      run.withContext(({ client }) =>
        duration === undefined ? showTime(client) : putForward(client, milliseconds(duration)),
      ),
    );
  program
    .command('snapshot')
    .description('remember the state of the whole devnet')
    .argument('[name]', 'default: snapshot-1 and so on')
    .action((name: string | undefined) =>
      run.withContext(async ({ client }) => {
        const value = await client.snapshot({ name });
        return { value, text: `${value.name}, the state after block ${value.height}` };
      }),
    );
  program
    .command('snapshots')
    .description('list what the devnet can go back to')
    .action(() =>
      run.withContext(async ({ client }) => {
        const value = await client.listSnapshots();
        const lines = value.map(({ name, height }) => `${name}, the state after block ${height}`);
        return { value, text: lines.length === 0 ? 'no snapshots' : lines.join('\n') };
      }),
    );
  program
    .command('revert')
    .description('go back to a snapshot: a new block has its state, and later snapshots are forgotten')
    .argument('<name>')
    .addHelpText('after', REVERT_HELP)
    .action((name: string) =>
      run.withContext(async ({ client }) => {
        const value = await client.revert({ name });
        return { value, text: `block ${value.height} has the state after block ${value.to}` };
      }),
    );
  program
    .command('impersonate')
    .description('have an account do what it did not sign')
    .argument('<who>', 'name or address')
    .argument('<call>', 'what it does, as the JSON of tx_build')
    .addHelpText('after', IMPERSONATE_HELP)
    .action((who: string, call: string) =>
      run.withContext(async ({ client, address }) => {
        const done = await client.impersonate({ from: await address(who), call: callOf(call) });
        const { error, hash, height } = done;
        if (error !== undefined) throw new CliError(error.name, error.message, error.hint);
        return { value: done, text: `done at height ${height}: ${hash}` };
      }),
    );
};

async function showTime(client: Client): Promise<Answer> {
  const { time, height } = await client.getHead();
  return { value: { time, height }, text: `${new Date(time).toISOString()} at height ${height}` };
}

async function putForward(client: Client, ms: number): Promise<Answer> {
  const value = await client.increaseTime({ ms });
  const { time, ahead } = value;
  return { value, text: `${new Date(time).toISOString()}, ${ahead / 1000} s ahead of the clock` };
}

function callOf(text: string): CallJson {
  try {
    return JSON.parse(text) as CallJson;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usageError(`the call is no JSON: ${error.message}`);
  }
}
