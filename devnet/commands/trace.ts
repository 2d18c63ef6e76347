import type { Context } from '../context.ts';
import { usageError } from '../errors.ts';
import type { Answer } from '../output.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

interface TraceFlags {
  readonly consensus?: string;
}

export const registerTrace: Register = (program, run) => {
  program
    .command('trace')
    .description(
      'run a transaction, the close of an epoch or the claim of a receipt again and show what happened',
    )
    .argument('<what>', 'hash of a transaction or of a header, or an epoch')
    .option('--consensus <id>', 'of an epoch: the close of this consensus module alone')
    .action((what: string, flags: TraceFlags) => run.withContext(context => trace(context, what, flags)));
  program
    .command('divergence')
    .description(
      'blocks that came out otherwise on this node than on others: which plugin, which call, which key',
    )
    .action(() => run.withContext(divergence));
};

const HASH = /^(0x)?[0-9a-f]{64}$/;

async function trace(context: Context, what: string, { consensus }: TraceFlags): Promise<Answer> {
  const { tracedEpoch, tracedHash, traceText } = await import('../traceText.ts');
  const known = await context.names();
  if (HASH.test(what)) {
    if (consensus !== undefined) throw usageError('--consensus goes with an epoch');
    const hash = what.startsWith('0x') ? what : `0x${what}`;
    const value = await tracedHash(context.client, hash);
    return { value, text: traceText(value, known) };
  }
  if (!/^\d{1,9}$/.test(what))
    throw usageError(
      `${what} is no hash and no epoch`,
      'a hash is 0x and 64 digits of lower-case hex, an epoch is a number: devnet epoch',
    );
  const id = consensus === undefined ? undefined : whole(consensus);
  const value = await tracedEpoch(context.client, whole(what), id);
  return { value, text: traceText(value, known) };
}

async function divergence({ client }: Context): Promise<Answer> {
  const value = await client.request('consensus_divergence', {});
  const text = value.map(({ summary }) => summary).join('\n');
  return { value, text: text === '' ? 'every block came out here as on the others' : text };
}
