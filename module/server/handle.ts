/** One request, from its path to its reply. */
import { createHash } from 'node:crypto';
import type { Amount, Hex } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf, Refusal, type RefusalName } from '../errors.ts';
import {
  AUTH_HEADER,
  CALL_LIMITS,
  encodeBlob,
  hasSeed0Auth,
  parseSeed0Auth,
  RECEIPT_HEADER,
  receiptText,
  seed0Hashes,
  signText,
  TIMEOUT_HEADER,
  textHash,
} from '../protocol/index.ts';
import { type Admitted, admit, checkAllowed, checkParams, checkTime, priceAt, readParams } from './admit.ts';
import type { FunctionDefinition } from './definition.ts';
import type { ModuleDescription } from './describe.ts';
import type { Reply, Request } from './http.ts';
import { failureOf } from './patience.ts';
import { type Run, runFunction, streamFunction } from './run.ts';
import type { Site } from './site.ts';
import { type Place, stopping } from './slots.ts';
import { type CallState, openCallState } from './state.ts';
import type { Commit } from './stateBase.ts';

/** Where the call between modules is described. */
const DOCS = 'docs/protocol/calls.md';

export type Describe = (site: Site) => ModuleDescription;

/** Answers `GET /` and `POST /{fn}`; throws {@link Refusal} for everything else. */
export async function handle(site: Site, describe: Describe, request: Request): Promise<Reply> {
  if (request.path === '/') {
    if (request.method !== 'GET') throw refused(site, 'METHOD_NOT_ALLOWED', 'GET / describes this module');
    return { status: 200, body: JSON.stringify(describe(site)) };
  }
  if (request.path.includes('/', 1)) throw refused(site, 'NOT_FOUND', 'there is nothing under this path');
  const fn = nameOf(request.path);
  const definition = fn === undefined ? undefined : site.functions.get(fn);
  if (fn === undefined || definition === undefined)
    throw refused(site, 'UNKNOWN_FUNCTION', 'this module has no such function');
  return callOf(site, fn, definition, request);
}

function refused(site: Site, name: RefusalName, message: string): Refusal {
  site.traffic.refused(undefined, name);
  return new Refusal(name, message);
}

/** A call that was let in, whatever its headers look like. */
interface Let {
  readonly client: string;
  readonly epoch: number;
  readonly nonce: number;
  readonly params: unknown;
  readonly price: Amount;
  readonly place: Place;
}

type Waited<Call> = Call & { readonly waitsUntil: number };

async function callOf(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  request: Request,
): Promise<Reply> {
  let admitted: Admitted | Let;
  let waitsUntil: number;
  try {
    waitsUntil = endOfPatience(request);
    if (request.method !== 'POST') throw new Refusal('METHOD_NOT_ALLOWED', `call ${fn} with POST`);
    const type = request.headers['content-type'];
    if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type))
      throw new Refusal('WRONG_CONTENT_TYPE', 'the params are JSON');
    if (!site.slots.open) throw stopping();
    const blob = request.headers[AUTH_HEADER];
    if (typeof blob === 'string') admitted = await admit(site, fn, definition, request, blob);
    else if (hasSeed0Auth(request.headers)) admitted = await admitSeed0(site, fn, definition, request);
    else throw new Refusal('AUTH_MISSING', `there is no header ${AUTH_HEADER}`, { docs: DOCS });
  } catch (error) {
    site.traffic.refused(fn, reasonOf(error));
    throw error;
  }
  const { place } = admitted;
  request.onGone(() => place.interrupt(new Refusal('CLIENT_GONE', 'the client hung up')));
  try {
    if ('header' in admitted) return await serve(site, fn, definition, request, { ...admitted, waitsUntil });
    return await serveSeed0(site, fn, definition, { ...admitted, waitsUntil });
  } catch (error) {
    site.traffic.failed(fn, reasonOf(error));
    tellOwner(site, fn, error);
    throw error;
  } finally {
    place.leave();
  }
}

/** When the caller stops waiting, as it says in `module-timeout`. */
function endOfPatience({ headers }: Request): number {
  const told = headers[TIMEOUT_HEADER];
  if (told === undefined) return Number.POSITIVE_INFINITY;
  if (typeof told !== 'string' || !/^\d{1,9}$/.test(told))
    throw new Refusal('BAD_REQUEST', `${TIMEOUT_HEADER} is a whole number of milliseconds`);
  return Date.now() + Number(told);
}

const reasonOf = (error: unknown): RefusalName => (error instanceof Refusal ? error.name : 'INTERNAL');

/** What the author of a function has to know: the caller hears of it, but cannot mend it. */
function tellOwner(site: Site, fn: string, error: unknown): void {
  if (!(error instanceof Refusal) || !['FUNCTION_FAILED', 'BAD_RESULT'].includes(error.name)) return;
  const { stack } = error.cause instanceof Error ? error.cause : error;
  site.log.warn({ fn, reason: error.name, ...error.fields, stack }, error.message);
}

async function serve(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  request: Request,
  admitted: Waited<Admitted>,
): Promise<Reply> {
  const { header, pair, client } = admitted;
  let cost: Amount | null = null;
  try {
    // Before it runs: a replay must be refused even if this process dies meanwhile.
    await site.store.putNonce(pair, header.nonce);
    await admitted.place.turn();
    const call = { client, fn, epoch: header.epoch, nonce: header.nonce };
    const run = runOf(site, definition, { ...admitted, ...call });
    const reply = definition.streams
      ? await stream(site, admitted, run, request)
      : await answer(site, admitted, run);
    cost = reply.cost;
    site.traffic.answered(fn, cost);
    return reply;
  } finally {
    site.book.end(pair, header.nonce, cost);
  }
}

type Paid = Reply & { readonly cost: Amount };

async function answer(site: Site, admitted: Admitted, run: CallRun): Promise<Paid> {
  const { text, cost } = await runFunction(run);
  const receipt = await keepReceipt(site, admitted, run, { cost, resultHash: textHash(text) });
  return { status: 200, body: text, headers: { [RECEIPT_HEADER]: receipt.blob }, cost: receipt.cost };
}

/** Chunks go out as they come, and are hashed as the list that they are the members of. */
async function stream(site: Site, admitted: Admitted, run: CallRun, request: Request): Promise<Paid> {
  const hash = createHash('sha256');
  let separator = '[';
  let size = 0;
  const { cost } = await streamFunction(run, async chunk => {
    const line = `{"chunk":${chunk}}`;
    size += Buffer.byteLength(line) + 1;
    if (size > CALL_LIMITS.stream)
      throw new Refusal('BAD_RESULT', `the result of ${run.call.fn} is over ${CALL_LIMITS.stream} bytes`);
    hash.update(separator).update(chunk, 'utf8');
    separator = ',';
    await request.line(line);
  });
  hash.update(separator === '[' ? '[]' : ']');
  const resultHash: Hex = `0x${hash.digest('hex')}`;
  const receipt = await keepReceipt(site, admitted, run, { cost, resultHash });
  const body = `{"receipt":"${receipt.blob}"}`;
  return { status: 200, body, headers: { 'content-type': 'application/x-ndjson' }, cost: receipt.cost };
}

/** A run with the state to commit. */
interface CallRun extends Run {
  readonly state: CallState;
}

function runOf(
  site: Site,
  definition: FunctionDefinition,
  { client, fn, epoch, nonce, params, price, place, waitsUntil }: Waited<Let> & { readonly fn: string },
): CallRun {
  return {
    definition,
    params,
    price,
    call: { client, fn, epoch, nonce },
    waitsUntil,
    state: openCallState(site.store.state),
    onInterrupt: place.onInterrupt,
    onLate: error =>
      site.log.warn({ fn, error: messageOf(error) }, 'a stream failed after its call was over'),
  };
}

/** Signs the receipt; resolves when it is on the disk, so that no paid answer goes out without it. */
async function keepReceipt(
  site: Site,
  { header, signed, pair, tallied }: Admitted,
  { state }: CallRun,
  answer: { readonly cost: Amount; readonly resultHash: Hex },
) {
  const cost = site.book.chargeable(pair, answer.cost);
  const text = receiptText({
    headerHash: textHash(signed.text),
    cost,
    resultHash: answer.resultHash,
    time: site.now(),
  });
  const receipt = signText('receipt', text, site.key);
  const call = {
    header: signed.text,
    headerSignature: signed.signature,
    receipt: receipt.text,
    receiptSignature: receipt.signature,
    cost,
    tallied,
  };
  await site.store.putCall(pair, header.nonce, call, commit(state));
  return { cost, blob: encodeBlob(receipt) };
}

/** Functions that are applied to the newest values can throw too. */
function commit(state: CallState): Commit | null {
  try {
    return state.commit();
  } catch (error) {
    throw error instanceof Refusal ? error : failureOf(error);
  }
}

/** A call with seed 0's own headers: only where nothing can be gained by replaying it. */
async function admitSeed0(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  request: Request,
): Promise<Let> {
  const epoch = site.epochs.current();
  const price = priceAt(site, fn, definition, epoch) ?? definition.price;
  if (price > 0n)
    throw new Refusal('PAYMENT_REQUIRED', `${fn} costs ${price} base units`, {
      price: price.toString(),
      docs: DOCS,
    });
  const auth = readSeed0Auth(request);
  checkTime(site, auth.time);
  const { body } = await readParams(request);
  if (!seed0Hashes(fn, body).includes(auth.data))
    throw new Refusal('WRONG_PARAMS', 'data is not the hash of { fn, params }');
  if (!(await site.verify(auth.check)))
    throw new Refusal('BAD_SIGNATURE', 'the key did not sign data, time and cost');
  await checkAllowed(site, fn, definition, auth.client);
  const params = checkParams(definition, body);
  return { client: auth.client, epoch, nonce: 0, params, price: 0n, place: site.slots.join(fn, auth.client) };
}

/** There is no receipt. */
async function serveSeed0(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  call: Waited<Let>,
): Promise<Reply> {
  await call.place.turn();
  const run = runOf(site, definition, { ...call, fn });
  const { text } = await runFunction(run);
  const state = commit(run.state);
  if (state !== null) await site.store.putState(state);
  site.traffic.answered(fn, 0n);
  return { status: 200, body: text };
}

function readSeed0Auth(request: Request) {
  try {
    return parseSeed0Auth(request.headers);
  } catch (error) {
    if (error instanceof ModuleError) throw new Refusal('AUTH_MALFORMED', error.message, { docs: DOCS });
    throw error;
  }
}

/** Undefined for a path that is no text. */
function nameOf(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(1));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
