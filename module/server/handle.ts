/** One request, from its path to its reply. */
import { z } from 'zod';
import { toAddress } from '../../chain/index.ts';
import type { Amount } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf, Refusal } from '../errors.ts';
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
  textHash,
  verifyCheck,
} from '../protocol/index.ts';
import { type Admitted, admit, checkAllowed, checkParams, checkTime, readParams } from './admit.ts';
import type { FunctionDefinition } from './definition.ts';
import type { Reply, Request } from './http.ts';
import { type Answer, runFunction } from './run.ts';
import type { Site } from './site.ts';

/** Answers `GET /` and `POST /{fn}`; throws {@link Refusal} for everything else. */
export async function handle(site: Site, request: Request): Promise<Reply> {
  if (request.path === '/') {
    if (request.method !== 'GET') throw new Refusal('METHOD_NOT_ALLOWED', 'GET / describes this module');
    return { status: 200, body: JSON.stringify(describe(site)) };
  }
  if (request.path.includes('/', 1)) throw new Refusal('NOT_FOUND', 'there is nothing under this path');
  const fn = nameOf(request.path);
  const definition = site.functions.get(fn);
  if (definition === undefined) throw new Refusal('UNKNOWN_FUNCTION', 'this module has no such function');
  if (request.method !== 'POST') throw new Refusal('METHOD_NOT_ALLOWED', `call ${fn} with POST`);
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type))
    throw new Refusal('WRONG_CONTENT_TYPE', 'the params are JSON');

  const blob = request.headers[AUTH_HEADER];
  if (typeof blob === 'string') return call(site, fn, definition, request, blob);
  if (hasSeed0Auth(request.headers)) return seed0Call(site, fn, definition, request);
  throw new Refusal('AUTH_MISSING', `there is no header ${AUTH_HEADER}`);
}

async function call(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  request: Request,
  blob: string,
): Promise<Reply> {
  const admitted = await admit(site, fn, definition, request, blob);
  const { header, pair, price } = admitted;
  let cost: Amount | null = null;
  try {
    // Before it runs: a replay must be refused even if this process dies meanwhile.
    await site.store.putNonce(pair, header.nonce);
    const context = { client: toAddress(header.client), fn, epoch: header.epoch, nonce: header.nonce };
    const answer = await runFunction(definition, admitted.params, price, context);
    const receipt = await keepReceipt(site, admitted, answer);
    cost = receipt.cost;
    site.book.counters.answered++;
    return { status: 200, body: answer.text, headers: { [RECEIPT_HEADER]: receipt.blob } };
  } catch (error) {
    site.book.counters.failed++;
    throw error;
  } finally {
    site.book.end(pair, header.nonce, cost);
  }
}

/** Signs the receipt; resolves when it is on the disk, so that no paid answer goes out without it. */
async function keepReceipt(site: Site, { header, signed, pair, tallied }: Admitted, answer: Answer) {
  const cost = site.book.chargeable(pair, answer.cost);
  const text = receiptText({
    headerHash: textHash(signed.text),
    cost,
    resultHash: textHash(answer.text),
    time: Date.now(),
  });
  const receipt = signText('receipt', text, site.key);
  await site.store.putCall(pair, header.nonce, {
    header: signed.text,
    headerSignature: signed.signature,
    receipt: receipt.text,
    receiptSignature: receipt.signature,
    cost,
    tallied,
  });
  return { cost, blob: encodeBlob(receipt) };
}

/** A call with seed 0's own headers: only where nothing can be gained by replaying it, and without a receipt. */
async function seed0Call(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  request: Request,
): Promise<Reply> {
  if (definition.price > 0n)
    throw new Refusal('PAYMENT_REQUIRED', `${fn} costs ${definition.price} base units`);
  const auth = readSeed0Auth(request);
  checkTime(auth.time);
  const body = await readParams(request);
  if (!seed0Hashes(fn, body).includes(auth.data))
    throw new Refusal('WRONG_PARAMS', 'data is not the hash of { fn, params }');
  if (!verifyCheck(auth.check))
    throw new Refusal('BAD_SIGNATURE', 'the key did not sign data, time and cost');
  checkAllowed(fn, definition, auth.client);
  const params = checkParams(definition, body);
  const context = { client: auth.client, fn, epoch: site.epochs.current(), nonce: 0 };
  const answer = await runFunction(definition, params, 0n, context);
  return { status: 200, body: answer.text };
}

function readSeed0Auth(request: Request) {
  try {
    return parseSeed0Auth(request.headers);
  } catch (error) {
    if (error instanceof ModuleError) throw new Refusal('AUTH_MALFORMED', error.message);
    throw error;
  }
}

function nameOf(path: string): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch (cause) {
    throw new Refusal('UNKNOWN_FUNCTION', messageOf(cause), {}, { cause });
  }
}

/** What `GET /` tells (interface page). */
export interface ModuleDescription {
  readonly address: string;
  readonly chain: string;
  readonly protocol: 2;
  readonly consensus: number;
  readonly epoch: number;
  /** Bytes. */
  readonly limits: { readonly body: number; readonly auth: number };
  readonly functions: {
    readonly [name: string]: {
      readonly description: string;
      readonly price: string;
      readonly params: object;
    };
  };
}

function describe(site: Site): ModuleDescription {
  const functions = [...site.functions].map(([name, { description = '', price, params }]) => [
    name,
    { description, price: price.toString(), params: schemaOf(params) },
  ]);
  return {
    address: site.key.address,
    chain: site.chainId,
    protocol: 2,
    consensus: site.consensus,
    epoch: site.epochs.current(),
    limits: { body: CALL_LIMITS.body, auth: CALL_LIMITS.blob },
    functions: Object.fromEntries(functions),
  };
}

const schemaOf = (params: z.ZodType | undefined): object =>
  params === undefined ? { type: 'object' } : z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
