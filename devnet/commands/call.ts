import { join } from 'node:path';
import { createModuleClient, type Description, type Json, type ModuleClient } from '../../module/index.ts';
import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { type Answer, printable, table } from '../output.ts';
import { declarationsOf } from '../params/declarations.ts';
import { paramsOf, signatureOf } from '../params/parse.ts';
import { kindOf, propertiesOf, schemaOf } from '../params/schema.ts';
import { reference } from './words.ts';

export interface CallFlags {
  readonly from: string;
  readonly maxUsage?: string;
  readonly timeout?: string;
}

/** `devnet call`: one paid call; the receipt is kept in the directory of the devnet. */
export const call = (
  context: Context,
  module: string,
  fn: string,
  words: readonly string[],
  flags: CallFlags,
): Promise<Answer> =>
  withModules(context, flags.from, async modules => {
    const target = reference(module);
    const described = functionOf(await modules.describe(target), module, fn);
    const options = {
      maxUsage: flags.maxUsage === undefined ? undefined : parseTokens(flags.maxUsage),
      timeoutMs: flags.timeout === undefined ? undefined : seconds(flags.timeout) * 1000,
    };
    const params = paramsOf(words, described.params);
    if (described.streams && !context.json) return streamed(modules.stream(target, fn, params, options));
    const { result, cost, receipt } = await modules.call(target, fn, params, options);
    return { value: { result, cost, receipt }, text: withCost(textOf(result), cost) };
  });

/** Shows the chunks as they come. */
async function streamed(chunks: ReturnType<ModuleClient['stream']>): Promise<Answer> {
  let next = await chunks.next();
  for (; next.done !== true; next = await chunks.next()) process.stdout.write(`${textOf(next.value)}\n`);
  const { cost, receipt } = next.value;
  return { value: { cost, receipt }, text: withCost('', cost) };
}

/** `devnet call --help` with a module: what it offers; with a function: its parameters and price. */
export const describe = (
  context: Context,
  module: string,
  fn: string | undefined,
  { from }: CallFlags,
): Promise<Answer> =>
  withModules(context, from, async modules => {
    const description = await modules.describe(reference(module));
    return fn === undefined ? overview(module, description) : details(module, fn, description);
  });

/** `devnet module types`: TypeScript for calling a module. */
export const moduleTypes = (context: Context, module: string, from: string): Promise<Answer> =>
  withModules(context, from, async modules => {
    const declarations = declarationsOf(module, await modules.describe(reference(module)));
    return { value: { declarations }, text: declarations.trimEnd() };
  });

function overview(module: string, { address, description, functions }: Description): Answer {
  const rows = [...functions].map(([name, fn]) => [
    `${name} ${signatureOf(fn.params)}`,
    priceOf(fn.price),
    fn.description,
  ]);
  const head = [`${module} (${address})`, description].filter(text => text !== '').join('\n');
  const value = { address, description, functions: Object.fromEntries(functions) };
  return { value, text: `${head}\n${table(['function', 'price', ''], rows)}` };
}

function details(module: string, fn: string, description: Description): Answer {
  const described = functionOf(description, module, fn);
  const { params, price, streams } = described;
  const root = schemaOf(params);
  const rows = propertiesOf(root, root).map(({ name, schema, required }) => [
    `  ${name}`,
    kindOf(schema, root),
    required ? 'required' : schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
    typeof schema.description === 'string' ? schema.description.slice(0, 200) : '',
  ]);
  const lines = [
    `devnet call ${module} ${fn} ${signatureOf(params)}`.trimEnd(),
    described.description,
    `price: ${priceOf(price)}${streams ? '; the result comes in chunks' : ''}`,
    rows.length === 0 ? '' : table(['  parameter', 'is', '', ''], rows),
  ];
  return { value: { fn, ...described }, text: printable(lines.filter(line => line !== '').join('\n')) };
}

function functionOf({ functions }: Description, module: string, fn: string) {
  const found = functions.get(fn);
  if (found !== undefined) return found;
  throw new CliError(
    'UNKNOWN_FUNCTION',
    `${module} has no function ${fn}`,
    `it has ${[...functions.keys()].join(', ') || 'none'}`,
  );
}

const priceOf = (price: bigint): string => (price === 0n ? 'free' : `${formatTokens(price)} tokens`);

/** A result is a stranger's text: a terminal shows it and does not obey it. */
const textOf = (result: Json): string =>
  printable(typeof result === 'string' ? result : JSON.stringify(result, null, 2));

const withCost = (text: string, cost: bigint): string =>
  cost === 0n ? text : `${text === '' ? '' : `${text}\n`}cost ${formatTokens(cost)} tokens`;

function seconds(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text);
  throw usageError(`${text} is no number of seconds`, 'e.g. --timeout 120');
}

/** A client of this person; commands that run at the same time share its directory. */
export async function withModules<T>(
  { client, signer, directory }: Context,
  who: string,
  work: (modules: ModuleClient) => Promise<T>,
): Promise<T> {
  const key = await signer(who);
  const dir = join(directory, 'clients', key.address);
  const modules = await createModuleClient({ key, client, dir, shared: true });
  try {
    return await work(modules);
  } finally {
    await modules.close();
  }
}
