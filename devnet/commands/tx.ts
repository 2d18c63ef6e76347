/** One transaction: where it is, what it does, and what came of it. */
import type { Hex } from '../../consensus/interface/index.ts';
import { type Client, RpcError, type TransactionStatus } from '../../node/client/index.ts';
import type { Wire } from '../../node/client/wire.ts';
import { formatTokens } from '../amount.ts';
import { callWords, type Known } from '../callWords.ts';
import { commandHint, commandMessage } from '../commandWords.ts';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { type Answer, printable } from '../output.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

const HASH = /^(0x)?[0-9a-f]{64}$/;
const DEFAULT_SECONDS = '30';

export const registerTransactions: Register = (program, run) => {
  program
    .command('tx')
    .description('where a transaction is, what it does, and what came of it')
    .argument('<hash>', 'as transfer and other commands show it')
    .option('--wait', 'until it is final')
    .option('--timeout <seconds>', 'how long to wait', DEFAULT_SECONDS)
    .action((hash: string, flags: { wait?: boolean; timeout: string }) =>
      run.withContext(context => show(context, hash, flags)),
    );
};

async function show(
  context: Context,
  text: string,
  { wait, timeout }: { readonly wait?: boolean; readonly timeout: string },
): Promise<Answer> {
  if (!HASH.test(text)) throw usageError(`${text} is no hash`, '0x and 64 digits of lower-case hex');
  const hash = (text.startsWith('0x') ? text : `0x${text}`) as Hex;
  const { client } = context;
  if (wait === true) await untilFinal(client, hash, whole(timeout) * 1_000);
  const status = await client.getTransaction({ hash });
  if (status.status === 'unknown') throw unknown(hash, status.from);
  const place = await placeOf(client, status);
  const known = { accounts: await context.names(), modules: await modulesOf(client) };
  return { value: { ...status, ...place?.value }, text: transactionText(status, place, known) };
}

/** What is dropped or taken back is shown as such: only a transaction that is still on its way is an error. */
async function untilFinal(client: Client, hash: Hex, timeout: number): Promise<void> {
  try {
    await client.waitForTransaction({ hash, timeout });
  } catch (error) {
    const isTold = error instanceof RpcError && TOLD.has(error.name);
    if (!isTold) throw error;
  }
}

const TOLD: ReadonlySet<string> = new Set(['TRANSACTION_DROPPED', 'REVERTED', 'UNKNOWN_TRANSACTION']);

const unknown = (hash: Hex, from: number | undefined): CliError =>
  new CliError(
    'UNKNOWN_TRANSACTION',
    `no block has ${hash}${from === undefined ? '' : ` from height ${from} on`}, nor has the pool`,
    'check the hash, and --dir or --rpc: it may be of another devnet',
  );

/** What its sender said, and the block in which it stands. */
interface Place {
  readonly sent: Pick<Wire['Sent'], 'from' | 'nonce' | 'call'> & { readonly feeLimit: bigint };
  readonly block: { readonly time: number; readonly epoch: number } | null;
  readonly value: object;
}

/** null where no node knows any more what it said. */
async function placeOf(client: Client, status: TransactionStatus): Promise<Place | null> {
  if (status.status === 'pending') {
    const { transaction } = status;
    return {
      sent: { ...transaction, feeLimit: BigInt(transaction.feeLimit) },
      block: null,
      value: transaction,
    };
  }
  if (status.status !== 'final' && status.status !== 'reverted') return null;
  const { header, transactions } = await client.getBlock({ block: status.height });
  const found = transactions[status.index];
  if (found === undefined) throw new Error(`block ${status.height} has no transaction ${status.index}`);
  const { from, nonce, feeLimit, expiry, call } = found;
  const { time, epoch } = header;
  return { sent: found, block: { time, epoch }, value: { from, nonce, feeLimit, expiry, call, time, epoch } };
}

const modulesOf = async (client: Client): Promise<Known['modules']> =>
  new Map((await client.listModules()).map(({ id, alias }) => [id, alias]));

function transactionText(status: TransactionStatus, place: Place | null, known: Known): string {
  const rows: [name: string, text: string][] = [['status', statusWords(status)]];
  if (place !== null) {
    const { from, nonce, call } = place.sent;
    if ('height' in status && place.block !== null)
      rows.push([
        'block',
        `${status.height}, at ${status.index}, epoch ${place.block.epoch}, ${new Date(place.block.time).toISOString()}`,
      ]);
    rows.push(['from', `${known.accounts.get(from) ?? from}, nonce ${nonce}`]);
    rows.push(['does', callWords(call, known)]);
  }
  if (status.status === 'final') {
    const limit = place === null ? '' : ` of at most ${formatTokens(place.sent.feeLimit)}`;
    rows.push(['fee', `${formatTokens(status.fee)} tokens${limit}`]);
    rows.push(...status.events.map(event => ['event', eventWords(event, known)] as [string, string]));
  }
  if ('error' in status && status.error !== undefined) {
    const { name, message, hint } = status.error;
    rows.push(
      ['error', printable(`${name}: ${commandMessage(name, message)}`)],
      ['', printable(commandHint(name, hint))],
    );
  }
  return [status.hash, ...rows.map(([name, text]) => `${name.padEnd(8)}${text}`)].join('\n');
}

function statusWords(status: TransactionStatus): string {
  switch (status.status) {
    case 'final':
      return status.ok ? 'final, succeeded' : 'final, failed';
    case 'pending':
      return 'pending: it waits in the pool for a block';
    case 'dropped':
      return 'dropped: it left the pool without a block';
    case 'reverted':
      return `reverted: block ${status.by} took its block back`;
    case 'unknown':
      return 'unknown';
  }
}

const eventWords = ({ name, data }: Wire['Event'], { accounts }: Known): string =>
  printable(
    `${name} ${JSON.stringify(data, (_, item: unknown) => (typeof item === 'string' ? (accounts.get(item) ?? item) : item))}`,
  );
