import type { Context } from '../context.ts';
import type { Answer } from '../output.ts';
import { withProgress } from '../progress.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

export const registerEpochs: Register = (program, run) => {
  const epoch = program.command('epoch').description('the current epoch, and time control');
  epoch
    .command('show', { isDefault: true })
    .description('the current epoch, or an earlier one')
    .argument('[epoch]')
    .action((number: string | undefined) =>
      run.withContext(context => show(context, number === undefined ? undefined : whole(number))),
    );
  epoch
    .command('advance')
    .description('start new epochs at once')
    .argument('[count]', 'how many', '1')
    .action((count: string) =>
      run.withContext(async ({ client }) => {
        const epochs = whole(count);
        const value = await withProgress(`making the blocks of ${epochs} epochs`, () =>
          client.advanceEpoch({ epochs }),
        );
        return { value, text: `epoch ${value.epoch}` };
      }),
    );
  epoch
    .command('settlement')
    .description('who paid and who earned in an epoch')
    .argument('[epoch]', 'default: the last one that closed')
    .option('--consensus <id>', 'consensus module', '0')
    .action((number: string | undefined, { consensus }: { consensus: string }) =>
      run.withContext(async context => {
        const { settlementAnswer } = await import('../settlementTable.ts');
        const closed =
          number === undefined ? (await context.client.getCurrentEpoch()).epoch - 1 : whole(number);
        return settlementAnswer(context.client, await context.names(), whole(consensus), Math.max(0, closed));
      }),
    );
};

async function show({ client }: Context, number: number | undefined): Promise<Answer> {
  const value =
    number === undefined ? await client.getCurrentEpoch() : await client.getEpoch({ epoch: number });
  const { height } = await client.getHead();
  const progress =
    value.endHeight === null
      ? `blocks ${value.startHeight} to ${value.startHeight + value.length - 1}, now ${height}`
      : `blocks ${value.startHeight} to ${value.endHeight}`;
  return { value, text: `epoch ${value.epoch}: ${progress}` };
}
