/** Whether a call may run: the checks of spec section 4, the cheap ones first, so that refusing costs little. */
import type { Amount } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf, Refusal } from '../errors.ts';
import {
  AUTH_HEADER,
  CALL_LIMITS,
  type CallHeader,
  canonicalJson,
  checkOf,
  decodeBlob,
  MAX_DEPTH,
  nestingOf,
  parseHeader,
  RecordError,
  type SignedText,
  textHash,
} from '../protocol/index.ts';
import { accountOf, addressOf } from './addresses.ts';
import type { FunctionDefinition } from './definition.ts';
import type { Request } from './http.ts';
import type { Escrow } from './reserves.ts';
import { reasonsOf } from './run.ts';
import type { Site } from './site.ts';
import type { Place } from './slots.ts';
import type { Pair } from './store.ts';

/** A call that was let in: its nonce is used and the money for it set aside. */
export interface Admitted {
  readonly header: CallHeader;
  readonly signed: SignedText;
  readonly pair: Pair;
  /** Address of the client. */
  readonly client: string;
  /** Most that it costs, in base units. */
  readonly price: Amount;
  readonly params: unknown;
  /** Among the calls that run or wait for their turn. The call leaves it at its end. */
  readonly place: Place;
  /** Whether its tally agrees with this server's receipts. */
  readonly tallied: boolean;
}

/** Lets a call in or throws a {@link Refusal}. Only a call that is let in leaves a trace. */
export async function admit(
  site: Site,
  fn: string,
  definition: FunctionDefinition,
  request: Request,
  blob: string,
): Promise<Admitted> {
  const { header, signed } = readAuth(blob);
  checkAddressee(site, fn, header);
  checkTime(site, header.time);
  await checkEpoch(site, header.epoch);
  const pair: Pair = { epoch: header.epoch, client: header.client };
  checkNonce(site, pair, header.nonce);
  if (definition.price > 0n) await onChain(() => site.terms.ready(header.epoch, site.epochs.current()));
  const price = priceOf(site, fn, definition, header);
  if (price > 0n) checkClaimable(site, header);
  // Before the body: what nobody has signed is not worth its memory.
  if (!(await site.verify(checkOf('header', signed, header.client))))
    throw new Refusal('BAD_SIGNATURE', 'the client did not sign this header');
  const client = addressOf(header.client);
  await checkAllowed(site, fn, definition, client);

  const { body, text } = await readParams(request);
  if (textHash(text) !== header.paramsHash)
    throw new Refusal('WRONG_PARAMS', 'params_hash is not the hash of the body');
  const params = checkParams(definition, body);
  if (price > 0n) await lookAtReserve(site, header);

  // Time has passed since the first look. From here to the end nothing waits, so no other call comes between.
  checkNonce(site, pair, header.nonce);
  checkSeal(site, header.epoch);
  if (price > 0n && !covered(site, header)) throw insufficient(site, header);
  const place = site.slots.join(fn, client);
  const tallied = checkTally(site, pair, header);
  site.book.begin(pair, header.nonce, price > 0n ? header.maxUsage : 0n);
  return { header, signed, pair, client, price, params, place, tallied };
}

function readAuth(blob: string): { header: CallHeader; signed: SignedText } {
  try {
    const signed = decodeBlob(blob);
    return { signed, header: parseHeader(signed.text, accountOf) };
  } catch (error) {
    if (!(error instanceof ModuleError || error instanceof RecordError)) throw error;
    throw new Refusal('AUTH_MALFORMED', `${AUTH_HEADER}: ${error.message}`);
  }
}

function checkAddressee(site: Site, fn: string, header: CallHeader): void {
  if (header.chain !== site.chainId)
    throw new Refusal('WRONG_CHAIN', `this module is on chain ${site.chainId}`);
  if (header.server !== site.key.account)
    throw new Refusal('WRONG_SERVER', `the header is for another server than ${site.key.address}`);
  if (header.fn !== fn)
    throw new Refusal('WRONG_FUNCTION', `the header is for ${header.fn}, the path for ${fn}`);
}

export async function checkAllowed(
  site: Site,
  fn: string,
  { allow }: FunctionDefinition,
  client: string,
): Promise<void> {
  const isAllowed =
    allow === 'parents' ? await onChain(() => site.isParent(client)) : (allow?.(client) ?? true);
  if (!isAllowed) throw new Refusal('NOT_ALLOWED', `${client} may not call ${fn}`);
}

export function checkTime(site: Site, time: number): void {
  const age = site.now() - time;
  if (age > CALL_LIMITS.clockSkew) throw new Refusal('STALE', `signed ${Math.round(age / 1000)} s ago`);
  if (-age > CALL_LIMITS.clockSkew)
    throw new Refusal('FUTURE', `signed ${Math.round(-age / 1000)} s in the future`);
}

/**
 * The current epoch, the one before until its claims are made, and the next one, because the caller's node may be a
 * block ahead of ours.
 */
async function checkEpoch(site: Site, epoch: number): Promise<void> {
  const current = site.epochs.current();
  if (epoch > current + 1 && epoch > (await onChain(() => site.epochs.refresh())) + 1)
    throw wrongEpoch(site, epoch);
  if (epoch < current - 1) throw wrongEpoch(site, epoch);
  checkSeal(site, epoch);
}

function checkSeal(site: Site, epoch: number): void {
  if (epoch <= site.sealedThrough()) throw wrongEpoch(site, epoch);
}

function wrongEpoch(site: Site, epoch: number): Refusal {
  const current = site.epochs.current();
  return new Refusal('WRONG_EPOCH', `signed for epoch ${epoch}, but it is epoch ${current}`, {
    epoch: current,
  });
}

function checkNonce(site: Site, pair: Pair, nonce: number): void {
  if (nonce <= site.book.lastNonce(pair))
    throw new Refusal(
      'REPLAY',
      `the nonce ${nonce}, or a higher one, was used in epoch ${pair.epoch} already`,
    );
}

/**
 * The chain's price in an epoch, which is what a claim is judged by (OVER_PRICE): what its owner changes there holds
 * from the epoch on that the chain says, here too. Undefined while the chain knows none.
 */
export const priceAt = (
  site: Site,
  fn: string,
  { price }: FunctionDefinition,
  epoch: number,
): Amount | undefined => (price === 0n ? 0n : site.terms.price(fn, epoch));

/** What the call may cost at most. */
function priceOf(site: Site, fn: string, definition: FunctionDefinition, header: CallHeader): Amount {
  const price = priceAt(site, fn, definition, header.epoch);
  if (price === undefined)
    throw new Refusal(
      'PRICE_NOT_ACTIVE',
      site.terms.registered()
        ? `the chain knows no price of ${fn} in epoch ${header.epoch}`
        : 'this module is not registered on the chain',
    );
  if (header.maxUsage < price)
    throw new Refusal(
      'MAX_USAGE_TOO_LOW',
      `${fn} costs ${price} base units, max_usage is ${header.maxUsage}`,
      {
        price: price.toString(),
      },
    );
  return price;
}

/** A call for which no claim can be made would be served for nothing. */
function checkClaimable({ terms }: Site, { epoch }: CallHeader): void {
  if (terms.claimer(epoch) !== undefined) return;
  throw new Refusal(
    'NOT_CLAIMABLE',
    `this server has no code that claims from consensus module ${terms.consensus(epoch)}, to which it is bound in epoch ${epoch}`,
  );
}

interface Params {
  readonly body: object;
  /** Its JCS text. */
  readonly text: string;
}

/** The body as a JSON object. */
export async function readParams(request: Request): Promise<Params> {
  const sent = (await request.body()).toString('utf8');
  if (nestingOf(sent) > MAX_DEPTH)
    throw new Refusal('TOO_DEEP', `the params are nested deeper than ${MAX_DEPTH} levels`);
  let body: unknown;
  let text: string;
  try {
    body = JSON.parse(sent === '' ? '{}' : sent);
    // Finds what JSON.parse lets through and JCS does not, such as lone surrogates.
    text = canonicalJson(body);
  } catch (cause) {
    throw new Refusal('BAD_JSON', `the body: ${messageOf(cause)}`, {}, { cause });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal('BAD_JSON', 'the body is JSON, but no object');
  return { body, text };
}

export function checkParams(definition: FunctionDefinition, body: object): unknown {
  if (definition.params === undefined) return body;
  const parsed = definition.params.safeParse(body);
  if (parsed.success) return parsed.data;
  const [path] = parsed.error.issues.map(issue => issue.path.join('.'));
  throw new Refusal('BAD_PARAMS', reasonsOf(parsed.error), { path: path ?? '' });
}

/** Looks at the chain if what is known does not cover the call. */
async function lookAtReserve(site: Site, header: CallHeader): Promise<void> {
  await onChain(() => site.reserves.of(escrowOf(site, header)));
  if (!covered(site, header)) await onChain(() => site.reserves.refresh(escrowOf(site, header)));
}

/** The reserve that the call will be paid from: under the consensus module that settles its epoch. */
const escrowOf = ({ terms }: Site, { client, epoch }: CallHeader): Escrow => ({
  client,
  consensus: terms.consensus(epoch) ?? 0,
});

const covered = (site: Site, header: CallHeader): boolean =>
  site.book.debt(escrowOf(site, header)) + header.maxUsage <=
  (site.reserves.known(escrowOf(site, header)) ?? 0n);

function insufficient(site: Site, header: CallHeader): Refusal {
  const { maxUsage } = header;
  const reserve = site.reserves.known(escrowOf(site, header)) ?? 0n;
  const unsettled = site.book.debt(escrowOf(site, header));
  return new Refusal(
    'INSUFFICIENT_RESERVE',
    `${maxUsage} base units on top of ${unsettled} that are not settled exceed the reserve of ${reserve}`,
    { reserve: reserve.toString(), unsettled: unsettled.toString() },
  );
}

function checkTally(site: Site, pair: Pair, { tally }: CallHeader): boolean {
  if (tally === null) return false;
  const agrees = site.book.agrees(pair, tally);
  if (!agrees) {
    site.traffic.wrongTally();
    site.log.warn({ client: pair.client, epoch: pair.epoch, nonce: tally.nonce }, 'ignored a wrong tally');
  }
  return agrees;
}

async function onChain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new Refusal('CHAIN_UNREACHABLE', 'the server cannot ask its node', {}, { cause });
  }
}
