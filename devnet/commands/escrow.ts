import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { type Answer, table } from '../output.ts';
import { sent } from './modules.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

interface Flags {
  readonly from: string;
  readonly consensus: string;
}

export const registerEscrow: Register = (program, run) => {
  const escrow = program.command('escrow').description('reserves: what a client holds for one server');
  for (const [name, kind, description, done] of [
    ['reserve', 'reserve', 'put tokens aside for calls to a server', 'are set aside for'],
    ['thaw', 'thaw', 'begin to take a reserve back; the server can still claim', 'thaw from the reserve for'],
  ] as const)
    escrow
      .command(name)
      .description(description)
      .argument('<server>', 'module alias or address')
      .argument('<tokens>')
      .requiredOption('--from <who>', 'the client')
      .option('--consensus <id>', 'consensus module that may debit it', '0')
      .action((server: string, tokens: string, { from, consensus }: Flags) =>
        run.withContext(async context => {
          const amount = parseTokens(tokens);
          const call = { kind, consensus: whole(consensus), server: await context.account(server), amount };
          return sent(context, from, call, `${formatTokens(amount)} tokens of ${from} ${done} ${server}`);
        }),
      );
  escrow
    .command('withdraw')
    .description('take back what has thawed')
    .argument('<server>')
    .requiredOption('--from <who>', 'the client')
    .option('--consensus <id>', 'consensus module', '0')
    .action((server: string, { from, consensus }: Flags) =>
      run.withContext(async context =>
        sent(
          context,
          from,
          { kind: 'withdraw', consensus: whole(consensus), server: await context.account(server) },
          `what had thawed of the reserve for ${server} is back with ${from}`,
        ),
      ),
    );
  escrow
    .command('show')
    .description('reserves of a client')
    .argument('<client>')
    .argument('[server]')
    .action((client: string, server: string | undefined) =>
      run.withContext(context => show(context, client, server)),
    );
};

async function show(
  { client, address, names }: Context,
  who: string,
  server: string | undefined,
): Promise<Answer> {
  const value = await client.listEscrow({
    client: await address(who),
    ...(server === undefined ? {} : { server: await address(server) }),
  });
  const [known, modules] = await Promise.all([names(), client.listModules()]);
  const label = (of: string): string =>
    modules.find(({ address }) => address === of)?.alias ?? known.get(of) ?? of;
  const rows = value.map(reserve => [
    label(reserve.server),
    formatTokens(reserve.amount),
    formatTokens(reserve.thawing),
    reserve.thawEpoch === 0 ? '' : `${reserve.thawEpoch}`,
  ]);
  return { value, text: table(['server', 'reserved', 'thawing', 'free from epoch'], rows, [1, 2, 3]) };
}
