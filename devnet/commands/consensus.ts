import type { ConsensusInfo } from '../../node/client/index.ts';
import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import { type Answer, table } from '../output.ts';
import type { BuiltinFlags } from './builtin.ts';
import { sent } from './modules.ts';
import type { Register } from './types.ts';

interface CallFlags {
  readonly from: string;
  readonly value: string;
}

export const registerConsensus: Register = (program, run) => {
  const consensus = program.command('consensus').description('consensus modules of the chain');
  consensus
    .command('list')
    .description('all of them')
    .action(() => run.withContext(list));
  consensus
    .command('show')
    .description('methods and queries of one, with their arguments')
    .argument('<module>', 'id or name')
    .action((module: string) => run.withContext(context => show(context, module)));
  consensus
    .command('query')
    .description('ask one of its queries, at the last block')
    .argument('<module>', 'id or name')
    .argument('<query>')
    .argument('[arguments...]', 'key=value, as devnet consensus show names them')
    .action((module: string, query: string, words: string[]) =>
      run.withContext(context => ask(context, module, query, words)),
    );
  consensus
    .command('call')
    .description('call one of its methods in a transaction')
    .argument('<module>', 'id or name')
    .argument('<method>')
    .argument('[arguments...]', 'key=value, as devnet consensus show names them')
    .requiredOption('--from <who>', 'who calls and pays the fee')
    .option('--value <tokens>', 'attached to the call', '0')
    .addHelpText(
      'after',
      '\nExample:\n  devnet consensus call stake-time lock epochs=4 --value 10 --from alice',
    )
    .action((module: string, method: string, words: string[], flags: CallFlags) =>
      run.withContext(context => call(context, module, method, words, flags)),
    );
  consensus
    .command('install')
    .description('announce a built-in module on the devnet that runs')
    .argument('<name>', 'cells')
    .option('--id <n>', 'consensus id (default: the lowest free one)')
    .option('--from-epoch <e>', 'in force from this epoch on (default: the next one)')
    .option('--params <json>', 'parameters that differ from its own defaults')
    .option('--governor <who>', 'who decides what one has to decide (default: nobody)')
    .addHelpText('after', '\nExample:\n  devnet consensus install cells --governor alice')
    .action((name: string, flags: BuiltinFlags) =>
      run.withContext(async context => (await import('./builtin.ts')).installBuiltin(context, name, flags)),
    );
  consensus
    .command('cancel')
    .description('take back code that is announced and not in force yet')
    .argument('<id>', 'consensus id')
    .action((id: string) =>
      run.withContext(async ({ client }) => {
        await client.cancelConsensus({ id: wholeNumber(id) });
        return { value: { ok: true }, text: `what was announced as consensus module ${id} does not come` };
      }),
    );
};

async function list({ client }: Context): Promise<Answer> {
  const value = await client.listConsensus();
  const rows = value.map(({ id, name, version, status, activeFrom, pot }) => [
    `${id}`,
    name,
    version,
    status,
    `${activeFrom}`,
    formatTokens(pot),
  ]);
  return { value, text: table(['id', 'name', 'version', 'status', 'from epoch', 'pot'], rows, [0, 4, 5]) };
}

async function show(context: Context, name: string): Promise<Answer> {
  const [value, { signatureOf }] = await Promise.all([find(context, name), import('./arguments.ts')]);
  const lines = (items: readonly { name: string; description: string; args: object }[]): string[] =>
    items.flatMap(item => [
      `  ${item.name} ${signatureOf(item.args)}`.trimEnd(),
      `      ${item.description}`,
    ]);
  const text = [
    `consensus module ${value.id}: ${value.name} ${value.version}, ${value.status}`,
    'methods',
    ...lines(value.methods),
    'queries',
    ...lines(value.queries),
  ];
  return { value, text: text.join('\n') };
}

async function ask(context: Context, name: string, query: string, words: readonly string[]): Promise<Answer> {
  const module = await find(context, name);
  const { argumentsOf } = await import('./arguments.ts');
  const { args: schema } = named(module, 'queries', query);
  const args = await argumentsOf(schema, words, context.address);
  const value = await context.client.queryConsensus({ id: module.id, query, args });
  return { value, text: JSON.stringify(value, null, 2) };
}

async function call(
  context: Context,
  name: string,
  method: string,
  words: readonly string[],
  { from, value }: CallFlags,
): Promise<Answer> {
  const module = await find(context, name);
  const { argumentsOf } = await import('./arguments.ts');
  const { args: schema } = named(module, 'methods', method);
  const args = await argumentsOf(schema, words, context.address);
  const amount = parseTokens(value);
  const encoded = await encodedArguments(context, from, { consensus: module.id, method, args });
  return sent(
    context,
    from,
    { kind: 'call', consensus: module.id, method, args: encoded, value: amount },
    `${module.name} ${method}`,
  );
}

/** The node knows the codec: it makes the bytes of the arguments, and of nothing else that is signed. */
async function encodedArguments(
  { client, address }: Context,
  from: string,
  call: { readonly consensus: number; readonly method: string; readonly args: unknown },
): Promise<Uint8Array> {
  const [{ Transaction }, { decode, fromHex }] = await Promise.all([
    import('../../chain/index.ts'),
    import('../../consensus/interface/index.ts'),
  ]);
  // With a fee limit nothing is simulated: that is done for the transaction that is sent.
  const { unsigned } = await client.buildTransaction({
    from: await address(from),
    call: { kind: 'call', ...call },
    feeLimit: 0n,
  });
  const { call: built } = decode(Transaction, fromHex(unsigned));
  if (built.kind !== 'call') throw new TypeError(`the node built ${built.kind} of a call`);
  return built.args;
}

async function find({ client }: Context, name: string): Promise<ConsensusInfo> {
  const all = await client.listConsensus();
  const found = all.filter(({ id, name: known }) => `${id}` === name || known === name);
  const [one] = found;
  const hint = `There are ${all.map(({ id, name: known }) => `${id} ${known}`).join(', ')}.`;
  if (one === undefined)
    throw new CliError('UNKNOWN_CONSENSUS', `there is no consensus module ${name}`, hint);
  if (found.length > 1) throw usageError(`${name} stands under several ids`, hint);
  return one;
}

function named(module: ConsensusInfo, kind: 'methods' | 'queries', name: string) {
  const found = module[kind].find(item => item.name === name);
  if (found === undefined)
    throw usageError(
      `${module.name} has no ${name} among its ${kind}`,
      `Its ${kind}: ${module[kind].map(item => item.name).join(', ') || 'none'}.`,
    );
  return found;
}
