import type { KernelCall } from '../../chain/index.ts';
import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { usageError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import type { Register } from './types.ts';
import { reference, whole } from './words.ts';

interface ModuleFlags {
  readonly alias?: string;
  readonly url?: string;
  readonly consensus?: string;
  readonly price?: string[];
  readonly metadata?: string;
  readonly maxLinks?: string;
  readonly from: string;
}

export const registerModules: Register = (program, run) => {
  const module = program.command('module').description('modules: identities on chain that serve functions');
  module
    .command('register')
    .description("register the sender's key as a module")
    .argument('<alias>', 'its name on chain')
    .requiredOption('--from <who>', 'the key that becomes the module')
    .requiredOption('--url <url>', 'where it serves, e.g. http://127.0.0.1:9000')
    .option('--price <fn=tokens...>', 'price of a function, e.g. ask=0.01')
    .option('--consensus <id>', 'consensus module that settles it', '0')
    .option('--metadata <text>', 'up to 120 bytes')
    .option('--max-links <count>', 'most children', '16')
    .action((alias: string, flags: ModuleFlags) =>
      run.withContext(context => register(context, alias, flags)),
    );
  module
    .command('update')
    .description('change a module; prices and consensus hold from the next epoch')
    .argument('<module>', 'alias, id or address')
    .requiredOption('--from <who>', "the module's key")
    .option('--alias <alias>', 'its name on chain')
    .option('--url <url>', 'where it serves')
    .option('--price <fn=tokens...>', 'replaces all prices')
    .option('--consensus <id>', 'consensus module that settles it')
    .option('--metadata <text>', 'up to 120 bytes')
    .option('--max-links <count>', 'most children')
    .action((name: string, flags: ModuleFlags) => run.withContext(context => update(context, name, flags)));
  module
    .command('retire')
    .description('end a module at the next epoch')
    .argument('<module>')
    .requiredOption('--from <who>', "the module's key")
    .action((name: string, { from }: ModuleFlags) =>
      run.withContext(async context => {
        const { id } = await context.client.getModule({ module: reference(name) });
        return sent(context, from, { kind: 'retireModule', module: id }, `${name} retires at the next epoch`);
      }),
    );
  module
    .command('list')
    .description('all modules')
    .action(() => run.withContext(list));
  module
    .command('show')
    .description('one module: account, URL, prices, what settles it')
    .argument('<module>')
    .action((name: string) => run.withContext(context => show(context, name)));
  module
    .command('types')
    .description("TypeScript types for calling a module, from the module's own description")
    .argument('<module>', 'alias, id, address or URL')
    .option('--from <who>', 'who asks', 'alice')
    .action((name: string, { from }: ModuleFlags) =>
      run.withContext(async context => (await import('./call.ts')).moduleTypes(context, name, from)),
    );
};

async function register(context: Context, alias: string, flags: ModuleFlags): Promise<Answer> {
  const { hash } = await sending(context, flags.from, {
    kind: 'registerModule',
    alias,
    url: flags.url ?? '',
    consensus: whole(flags.consensus ?? '0'),
    prices: parsePrices(flags.price ?? []),
    metadata: inline(flags.metadata ?? ''),
    maxLinks: whole(flags.maxLinks ?? '16'),
  });
  const value = await context.client.getModule({ module: alias });
  return { value, text: `module ${value.id} ${alias} (${value.address})\n${hash}` };
}

async function update(context: Context, name: string, flags: ModuleFlags): Promise<Answer> {
  const { from, ...changes } = flags;
  if (Object.keys(changes).length === 0)
    throw usageError('nothing is to be changed', 'e.g. --price ask=0.02, or --url http://127.0.0.1:9000');
  const { id } = await context.client.getModule({ module: reference(name) });
  return sent(
    context,
    from,
    {
      kind: 'updateModule',
      module: id,
      alias: flags.alias ?? null,
      url: flags.url ?? null,
      consensus: flags.consensus === undefined ? null : whole(flags.consensus),
      prices: flags.price === undefined ? null : parsePrices(flags.price),
      metadata: flags.metadata === undefined ? null : inline(flags.metadata),
      maxLinks: flags.maxLinks === undefined ? null : whole(flags.maxLinks),
    },
    `${name} updated`,
  );
}

async function list({ client }: Context): Promise<Answer> {
  const modules = await client.listModules();
  return {
    value: modules,
    text: table(
      ['id', 'alias', 'address', 'url', 'prices'],
      modules.map(({ id, alias, address, url, prices }) => [
        `${id}`,
        alias,
        address,
        url,
        prices.map(({ fn, price }) => `${fn} ${formatTokens(price)}`).join(', '),
      ]),
    ),
  };
}

async function show({ client }: Context, name: string): Promise<Answer> {
  const value = await client.getModule({ module: reference(name) });
  const rows = [
    ['id', `${value.id}`],
    ['alias', value.alias],
    ['address', value.address],
    ['url', value.url],
    ['consensus', `${value.consensus}`],
    ['max links', `${value.maxLinks}`],
    ...value.prices.map(({ fn, price }) => [`price ${fn}`, formatTokens(price)]),
  ];
  return { value, text: rows.map(([field = '', text = '']) => `${field.padEnd(12)} ${text}`).join('\n') };
}

const sending = async ({ client, signer }: Context, from: string, call: KernelCall) =>
  client.send({ from: await signer(from), call });

/** Sends a call and answers with what became of it, and the hash that `devnet tx` takes. */
export async function sent(context: Context, from: string, call: KernelCall, text?: string): Promise<Answer> {
  const final = await sending(context, from, call);
  return { value: final, text: `${text ?? call.kind} (block ${final.height})\n${final.hash}` };
}

function parsePrices(items: readonly string[]): { fn: string; price: bigint }[] {
  return items.map(item => {
    const [fn = '', tokens, ...rest] = item.split('=');
    if (fn === '' || tokens === undefined || rest.length > 0)
      throw usageError(`${item} is not fn=tokens`, 'e.g. --price ask=0.01');
    return { fn, price: parseTokens(tokens) };
  });
}

export const inline = (text: string): { kind: 'inline'; data: Uint8Array } => ({
  kind: 'inline',
  data: new TextEncoder().encode(text),
});
