import { join } from 'node:path';
import { createModuleClient, type ModuleClient } from '../../module/index.ts';
import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { usageError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import { reference, whole } from './modules.ts';

interface CallFlags {
  readonly from: string;
  readonly maxUsage?: string;
}

/** `devnet call`: one paid call; the receipt is kept in the directory of the devnet. */
export async function call(
  context: Context,
  module: string,
  fn: string,
  words: readonly string[],
  { from, maxUsage }: CallFlags,
): Promise<Answer> {
  return withModules(context, from, async modules => {
    const { result, cost, receipt } = await modules.call(
      reference(module),
      fn,
      parseParams(words),
      maxUsage === undefined ? {} : { maxUsage: parseTokens(maxUsage) },
    );
    const text = typeof result === 'string' ? result : JSON.stringify(result, null, 2);
    return {
      value: { result, cost, receipt },
      text: cost === 0n ? text : `${text}\ncost ${formatTokens(cost)} tokens`,
    };
  });
}

/** `devnet receipts`: what was called and paid; with an epoch, held against its settlement. */
export async function receipts(context: Context, who: string, epoch: string | undefined): Promise<Answer> {
  return withModules(context, who, async modules => {
    const known = await context.client.listModules();
    const label = (address: string): string =>
      known.find(module => module.address === address)?.alias ?? address;
    if (epoch !== undefined) {
      const value = await modules.audit(whole(epoch));
      const rows = value.map(row => [
        label(row.server),
        `${row.calls}`,
        formatTokens(row.owed),
        formatTokens(row.settled),
        row.status,
      ]);
      return { value, text: table(['server', 'calls', 'by receipts', 'settled', 'status'], rows, [1, 2, 3]) };
    }
    const { toAddress } = await import('../../chain/index.ts');
    const calls = (await modules.receipts()).map(
      ({ epoch: of, server, nonce, call: { state, amount, header, receipt } }) => ({
        epoch: of,
        server: toAddress(server),
        nonce,
        state,
        amount,
        header,
        receipt,
      }),
    );
    const rows = calls.map(one => [
      `${one.epoch}`,
      label(one.server),
      `${one.nonce}`,
      one.state,
      formatTokens(one.amount),
    ]);
    return { value: calls, text: table(['epoch', 'server', 'nonce', 'state', 'tokens'], rows, [0, 2, 4]) };
  });
}

async function withModules(
  { client, signer, directory }: Context,
  who: string,
  work: (modules: ModuleClient) => Promise<Answer>,
): Promise<Answer> {
  const key = await signer(who);
  const modules = await createModuleClient({ key, client, dir: join(directory, 'clients', key.address) });
  try {
    return await work(modules);
  } finally {
    await modules.close();
  }
}

/** `name=Ada n=3 deep={"a":[1]}`: a value that is JSON is taken as JSON, everything else as text. */
function parseParams(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map(word => {
      const split = word.indexOf('=');
      if (split < 1) throw usageError(`${word} is not key=value`);
      return [word.slice(0, split), parseValue(word.slice(split + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so it is meant as it stands.
    return text;
  }
}
