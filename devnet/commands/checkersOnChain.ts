/** `devnet checker deploy | token | send | trace`: checkers and cells on a chain. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CHECK_MEMORY, lockOf, MAX_DATA, MAX_FUEL } from '../../consensus/cells/index.ts';
import { createLua } from '../../consensus/lua/index.ts';
import { formatTokens } from '../amount.ts';
import { emission, registration, update } from '../checkers/moduleGroups.ts';
import { cellsOf } from '../checkers/onChain.ts';
import { errorLines, outcomeJson, printLines, refusalLines, verdictWords } from '../checkers/shown.ts';
import { type Submitted, type Submitting, submitFresh, submitWanted } from '../checkers/submit.ts';
import { traceChecks } from '../checkers/trace.ts';
import { transactionOf } from '../checkers/transactionFile.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import type { Answer } from '../output.ts';
import { whole } from './words.ts';

/** Of a Checker cell's data, before the code. */
const CODE_HEAD = 5;

export async function deploy(
  context: Context,
  file: string,
  { from, module }: { readonly from: string; readonly module?: string },
): Promise<Answer> {
  const code = await readFile(file);
  requireCode(file, code);
  const submitting = await submittingOf(context, from);
  const { chain, sender } = submitting;
  if (module !== undefined) {
    const id = whole(module);
    const done = await submitFresh(() => update(chain, id, code), submitting);
    return answer({ module: id, ...done }, `module ${id} has another checker: ${file}`, done);
  }
  const done = await submitFresh(() => registration(chain, sender.account, code), submitting);
  const { registered: id } = done;
  if (id === null) throw new TypeError('a registration tells no module');
  return answer({ module: id, ...done }, `module ${id}: ${file}`, done);
}

export async function emitToken(
  context: Context,
  module: string,
  payload: string,
  { from, to }: { readonly from: string; readonly to?: string },
): Promise<Answer> {
  const submitting = await submittingOf(context, from);
  const id = whole(module);
  const bytes = /^0x([0-9a-f]{2})*$/.test(payload)
    ? Buffer.from(payload.slice(2), 'hex')
    : Buffer.from(payload);
  const lock = to === undefined ? null : lockOf(await context.account(to));
  const done = await submitFresh(() => emission(submitting.chain, id, bytes, lock), submitting);
  return answer(done, `a token of module ${id}: ${done.outputs[1]}`, done);
}

export async function send(
  context: Context,
  file: string,
  {
    from,
    sign,
    anyway,
  }: { readonly from: string; readonly sign: readonly string[]; readonly anyway?: boolean },
): Promise<Answer> {
  const submitting = await submittingOf(context, from, sign, anyway === true);
  const text = await readFile(file, 'utf8');
  const wanted = await transactionOf(submitting.chain, text, file, context.account);
  const done = await submitWanted(wanted, submitting);
  return answer(done, `applied in block ${done.height}`, done);
}

export async function trace({ client }: Context, hash: string): Promise<Answer> {
  const traced = await traceChecks(client, hash.startsWith('0x') ? hash : `0x${hash}`);
  const { transaction, height, reason, checks } = traced;
  const lines = checks.flatMap(({ module, code, outcome, refusal }) => {
    const source = { name: `module ${module}`, code };
    const more = [...errorLines(outcome, source), ...refusalLines(refusal, source), ...printLines(outcome)];
    return [`module ${module}: ${verdictWords(outcome)}`, ...more.map(line => `    ${line}`)];
  });
  const value = {
    ...traced,
    checks: checks.map(({ code, outcome, ...check }) => ({
      ...check,
      outcome: outcomeJson(outcome),
      code: Buffer.from(code).toString('utf8'),
    })),
  };
  const head = `transaction ${transaction} in block ${height}: ${reason ?? 'ok'}`;
  return { value, text: [head, ...lines].join('\n') };
}

async function submittingOf(
  context: Context,
  from: string,
  sign: readonly string[] = [],
  anyway = false,
): Promise<Submitting> {
  const { client } = context;
  const [chain, sender, ...others] = await Promise.all([
    cellsOf(client),
    context.signer(from),
    ...sign.map(who => context.signer(who)),
  ]);
  return { client, chain, lua: createLua(), sender, signers: [sender, ...others], anyway };
}

function answer(value: object, text: string, done: Submitted): Answer {
  const { hash, fee, escrow, freed, fuel, outputs } = done;
  const rows = [
    ['transaction', hash],
    ['fee', `${formatTokens(fee)} tokens`],
    ...(escrow > 0n ? [['escrow', `${formatTokens(escrow)} tokens, which come back with the capacity`]] : []),
    ...(freed > 0n ? [['back', `${formatTokens(freed)} tokens of escrow`]] : []),
    ['fuel', String(fuel)],
    ...outputs.map(output => ['cell', output]),
  ];
  const lines = rows.map(([field = '', shown = '']) => `  ${field.padEnd(12)} ${shown}`);
  return { value, text: [text, ...lines].join('\n') };
}

/** What could never run is not worth its escrow. Throws {@link CliError} BAD_CHECKER. */
function requireCode(file: string, code: Uint8Array): void {
  if (code.length > MAX_DATA - CODE_HEAD)
    throw new CliError(
      'BAD_CHECKER',
      `${file} has more than ${MAX_DATA - CODE_HEAD} bytes`,
      'say it shorter',
    );
  const outcome = createLua().check(code, [[], 0], { fuel: MAX_FUEL, memory: CHECK_MEMORY });
  if (outcome.verdict !== 'invalidCode') return;
  const lines = errorLines(outcome, { name: basename(file), code });
  throw new CliError('BAD_CHECKER', lines.join('\n'), 'devnet checker test shows the same');
}
