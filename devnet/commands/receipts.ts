/** `devnet receipts`: what was called and paid, as evidence, and held against what the chain took. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { toAddress } from '../../chain/index.ts';
import {
  evidenceLine,
  isOvercharge,
  ModuleError,
  parseHeader,
  readEvidence,
  type SentCallAt,
  textHash,
} from '../../module/index.ts';
import { formatTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT, usageError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import { withModules } from './call.ts';
import { whole } from './words.ts';

/** Hex digits of a call's id that people see. */
const ID = 12;

interface Listed {
  readonly id: string;
  readonly epoch: number;
  readonly server: string;
  readonly fn: string;
  readonly nonce: number;
  readonly state: string;
  readonly amount: bigint;
}

/** Calls of one epoch, or of all. */
export async function list(context: Context, who: string, epoch: string | undefined): Promise<Answer> {
  const calls = (await callsOf(context, who, epoch)).map(listed);
  const label = await labels(context);
  const rows = calls.map(({ id, epoch: of, server, fn, nonce, state, amount }) => [
    id.slice(2, 2 + ID),
    `${of}`,
    label(server),
    fn,
    `${nonce}`,
    state,
    formatTokens(amount),
  ]);
  const head = ['id', 'epoch', 'server', 'function', 'nonce', 'state', 'tokens'];
  return { value: calls, text: table(head, rows, [1, 4, 6]) };
}

/** One call whole, with both signatures checked anew. */
export async function show(context: Context, id: string, who: string): Promise<Answer> {
  const digits = /^(?:0x)?([0-9a-f]{4,64})$/.exec(id)?.[1];
  if (digits === undefined) throw usageError(`${id} is no id of a call`, 'devnet receipts list shows them');
  const found = (await callsOf(context, who)).filter(entry => listed(entry).id.startsWith(`0x${digits}`));
  const [entry] = found;
  if (entry === undefined || found.length > 1)
    throw new CliError(
      found.length > 1 ? 'AMBIGUOUS' : 'UNKNOWN_RECEIPT',
      `${found.length > 1 ? `${found.length} calls begin` : 'no call begins'} with ${digits}`,
      'devnet receipts list shows the calls of an account',
    );
  const { header, receipt, state } = entry.call;
  if (state !== 'answered')
    return { value: { ...listed(entry), header }, text: `${state}\nheader   ${header}` };
  const { id: verified } = readEvidence(evidenceLine(entry.call));
  return {
    value: { ...listed(entry), header, receipt, verified: true },
    text: `${verified}\nheader   ${header}\nreceipt  ${receipt}\nboth signatures are right`,
  };
}

/** Answered calls as lines that anybody can check: `devnet receipts verify`. */
export async function exportLines(
  context: Context,
  who: string,
  { epoch, out }: { readonly epoch?: string; readonly out?: string },
): Promise<Answer> {
  const lines = (await callsOf(context, who, epoch))
    .filter(({ call }) => call.state === 'answered')
    .map(({ call }) => evidenceLine(call));
  if (out === undefined) return { value: lines.map(line => JSON.parse(line)), text: lines.join('\n') };
  const file = await open(out, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new CliError('FILE_EXISTS', `${out} exists`, 'name a new file');
  });
  await file.writeFile(lines.map(line => `${line}\n`).join(''));
  await file.close();
  return { value: { file: out, receipts: lines.length }, text: `${lines.length} receipts in ${out}` };
}

interface Sum {
  readonly chain: string;
  readonly client: string;
  readonly server: string;
  readonly epoch: number;
  calls: number;
  total: bigint;
}

/** Checks an export without asking anybody. Exit code 1 if a line proves nothing. */
export async function verify(path: string): Promise<Answer> {
  const sums = new Map<string, Sum>();
  const seen = new Set<string>();
  const wrong: { line: number; reason: string }[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++;
    if (text.trim() === '') continue;
    try {
      const { id, header, receipt } = readEvidence(text);
      if (seen.has(id)) throw new ModuleError('BAD_EVIDENCE', 'the same call stands above', '');
      seen.add(id);
      const { chain, epoch } = header;
      const [client, server] = [toAddress(header.client), toAddress(header.server)];
      const key = [chain, epoch, client, server].join(' ');
      const sum = sums.get(key) ?? { chain, client, server, epoch, calls: 0, total: 0n };
      sums.set(key, { ...sum, calls: sum.calls + 1, total: sum.total + receipt.cost });
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error;
      wrong.push({ line, reason: error.message });
    }
  }
  if (wrong.length > 0 || seen.size === 0) process.exitCode = EXIT.failed;
  const rows = [...sums.values()].map(({ chain, epoch, client, server, calls, total }) => [
    chain,
    `${epoch}`,
    client,
    server,
    `${calls}`,
    formatTokens(total),
  ]);
  const text = [
    ...(rows.length === 0
      ? []
      : [table(['chain', 'epoch', 'client', 'server', 'calls', 'tokens'], rows, [1, 4, 5])]),
    ...wrong.map(({ line: at, reason }) => `${path}:${at} ${reason}`),
    `${seen.size} right, ${wrong.length} wrong`,
  ].join('\n');
  return { value: { right: seen.size, wrong, sums: [...sums.values()] }, text };
}

/** Every settlement of an account against its receipts. Exit code 1 if it was charged what nothing explains. */
export async function audit(context: Context, who: string, epoch: string | undefined): Promise<Answer> {
  const value = await withModules(context, who, modules =>
    modules.audit(epoch === undefined ? undefined : whole(epoch)),
  );
  const label = await labels(context);
  const rows = value.map(({ epoch: of, server, calls, owed, unknown, settled, claims, status }) => [
    `${of}`,
    label(server),
    `${calls}`,
    formatTokens(owed),
    formatTokens(unknown),
    formatTokens(settled),
    claims.filter(claim => claim !== 'OK').join(' '),
    status,
  ]);
  if (value.some(isOvercharge)) process.exitCode = EXIT.failed;
  const head = ['epoch', 'server', 'calls', 'by receipts', 'unanswered', 'settled', '', 'status'];
  return { value, text: table(head, rows, [0, 2, 3, 4, 5]) };
}

async function callsOf(context: Context, who: string, epoch?: string): Promise<SentCallAt[]> {
  const only = epoch === undefined ? undefined : whole(epoch);
  const calls = await withModules(context, who, modules => modules.receipts());
  return only === undefined ? calls : calls.filter(({ epoch: of }) => of === only);
}

const listed = ({ epoch, server, nonce, call }: SentCallAt): Listed => ({
  id: textHash(call.header),
  epoch,
  server: toAddress(server),
  fn: parseHeader(call.header).fn,
  nonce,
  state: call.state,
  amount: call.amount,
});

/** Aliases of modules by address. */
async function labels({ client }: Context): Promise<(address: string) => string> {
  const aliases = new Map((await client.listModules()).map(({ address, alias }) => [address, alias]));
  return address => aliases.get(address) ?? address;
}
