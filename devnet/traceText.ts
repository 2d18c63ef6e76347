/** A trace as people read it. */

import { type Client, RpcError } from '../node/client/index.ts';
import type { TraceBlockJson, TraceJson, TraceStepJson } from '../node/client/wireTrace.ts';
import { formatTokens } from './amount.ts';
import { colors } from './colors.ts';
import { note } from './output.ts';

type Names = ReadonlyMap<string, string>;

/** A transaction, or where there is none with this hash the claim of a receipt. */
export async function tracedHash(client: Client, hash: string): Promise<TraceJson> {
  try {
    return await untilTraced(client, { transaction: hash });
  } catch (error) {
    if (!(error instanceof RpcError) || error.name !== 'UNKNOWN_TRANSACTION') throw error;
    return untilTraced(client, { receipt: hash });
  }
}

export const tracedEpoch = (
  client: Client,
  epoch: number,
  consensus: number | undefined,
): Promise<TraceJson> => untilTraced(client, { epoch, consensus });

/** Earlier blocks are executed again first, which may take several requests. */
async function untilTraced(
  client: Client,
  params: { transaction?: string; receipt?: string; epoch?: number; consensus?: number | undefined },
): Promise<TraceJson> {
  for (;;) {
    try {
      return await client.request('consensus_trace', params);
    } catch (error) {
      if (!(error instanceof RpcError) || error.name !== 'TRACE_RUNNING') throw error;
      note(error.message);
    }
  }
}

export function traceText({ transaction, blocks, replayed, ms }: TraceJson, names: Names): string {
  const what = transaction === null ? '' : `transaction ${transaction}\n`;
  const cost = replayed === 0 ? '' : `, ${replayed} earlier blocks executed again`;
  const end = colors.dim(`traced in ${Math.round(ms)} ms${cost}`);
  const parts = blocks.map(block => blockText(block, names));
  return [`${what}${parts.join('\n\n')}`, end].join('\n');
}

function blockText(
  { height, epoch, time, steps, outcome, closes, changes }: TraceBlockJson,
  names: Names,
): string {
  const lines = [colors.bold(`block ${height}, epoch ${epoch}, ${new Date(time).toISOString()}`)];
  for (const step of steps) lines.push(...stepLines(step, names));
  if (outcome !== null) {
    lines.push(verdictLine(outcome), ...outcome.events.map(event => `  event ${eventWords(event, names)}`));
    lines.push(`  weight ${outcome.weight}, fee ${formatTokens(BigInt(outcome.fee))} tokens`);
  }
  for (const close of closes) {
    const name = `close of epoch ${close.epoch} for consensus ${close.consensus}${close.done ? '' : ', goes on'}`;
    lines.push(
      `${name}: ${verdictLine(close)}`,
      ...close.events.map(event => `  event ${eventWords(event, names)}`),
    );
  }
  for (const { table, key, before, after } of changes)
    lines.push(
      `  ${table} ${shown(key, names)}`,
      `    - ${shown(before, names)}`,
      `    + ${shown(after, names)}`,
    );
  return lines.join('\n');
}

function stepLines(step: TraceStepJson, names: Names): string[] {
  const {
    plugin,
    consensus,
    method,
    sender,
    closing,
    reads,
    ops,
    events,
    prints,
    answer,
    reason,
    stack,
    ms,
  } = step;
  const by = sender === null ? '' : ` by ${named(sender, names)}`;
  const of = closing === null ? '' : ` of epoch ${closing}`;
  return [
    colors.cyan(`${plugin} (consensus ${consensus}) ${method}${of}${by}, ${ms.toFixed(1)} ms`),
    ...reads.map(
      ({ read, of: what, value }) => `  read ${read} ${shown(what, names)} -> ${shown(value, names)}`,
    ),
    ...prints.map(line => `  print ${line}`),
    `  answer ${answer}${reason === null ? '' : `: ${reason}`}${step.more ? ', goes on in the next block' : ''}`,
    ...stack.map(line => `    ${line}`),
    ...ops.map(({ op, ...fields }) => `  op ${op} ${shown(fields, names)}`),
    ...events.map(event => `  event ${eventWords(event, names)}`),
  ];
}

const verdictLine = ({ ok, error }: Pick<NonNullable<TraceBlockJson['outcome']>, 'ok' | 'error'>): string =>
  ok ? colors.green('ok') : colors.red(`failed: ${error?.name}: ${error?.message}`);

const eventWords = ({ name, data }: { name: string; data: unknown }, names: Names): string =>
  `${name} ${shown(data, names)}`;

const named = (address: string, names: Names): string => names.get(address) ?? address;

/** Characters of one value; --json has it whole. */
const SHOWN = 400;

function shown(value: unknown, names: Names): string {
  if (value === null || value === undefined) return colors.dim('nothing');
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'string' ? named(item, names) : item,
  );
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
