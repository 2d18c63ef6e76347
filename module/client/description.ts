/** What a module says of itself at `GET /`. It is a stranger's word: prices and addresses are the chain's to tell. */
import { fromAddress, LIMITS } from '../../chain/index.ts';
import type { Account, Amount } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf } from '../errors.ts';
import { MAX_DEPTH, nestingOf } from '../protocol/index.ts';
import { type Http, readText, request } from './http.ts';
import { plainText } from './plain.ts';

export interface DescribedFunction {
  readonly description: string;
  /** Base units per call, as the server says. */
  readonly price: Amount;
  /** JSON schemas. */
  readonly params: object;
  readonly result: object | null;
  /** Whether the result comes in chunks. */
  readonly streams: boolean;
}

export interface Description {
  readonly address: string;
  readonly account: Account;
  readonly chain: string;
  readonly description: string;
  readonly functions: ReadonlyMap<string, DescribedFunction>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const PRICE = /^(0|[1-9]\d{0,19})$/;

/** Throws TARGET_INVALID for what is no description, and what {@link request} throws. */
export async function fetchDescription(url: string, http: Http): Promise<Description> {
  const answer = await request(`${url}/`, { method: 'GET' }, http);
  const text = await readText(answer);
  try {
    if (nestingOf(text) > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
    return descriptionOf(JSON.parse(text));
  } catch (cause) {
    throw new ModuleError(
      'TARGET_INVALID',
      `${url} is no module server (HTTP ${answer.status}): ${plainText(messageOf(cause), 200)}`,
      'GET / of a module describes it',
      { cause },
    );
  }
}

/** Throws RangeError or AddressError. */
export function descriptionOf(json: unknown): Description {
  const { address, chain, description, functions } = objectOf(json, 'the description');
  const entries = Object.entries(objectOf(functions, 'functions'));
  if (entries.length > LIMITS.functionsPerModule)
    throw new RangeError(`${entries.length} functions; a module has ${LIMITS.functionsPerModule} at most`);
  return {
    address: textOf(address, 'address'),
    account: fromAddress(textOf(address, 'address')),
    chain: textOf(chain, 'chain'),
    description: plainText(typeof description === 'string' ? description : ''),
    functions: new Map(entries.map(([name, value]) => [nameOf(name), functionOf(name, value)])),
  };
}

function functionOf(name: string, json: unknown): DescribedFunction {
  const { description, price, params, result, streams } = objectOf(json, name);
  if (typeof price !== 'string' || !PRICE.test(price)) throw new RangeError(`the price of ${name} is none`);
  return {
    description: plainText(typeof description === 'string' ? description : ''),
    price: BigInt(price),
    params: objectOf(params, `params of ${name}`),
    result: result === undefined || result === null ? null : objectOf(result, `result of ${name}`),
    streams: streams === true,
  };
}

function nameOf(name: string): string {
  if (NAME.test(name) && name.length <= LIMITS.functionName) return name;
  throw new RangeError('a function has a name that no module can have');
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new RangeError(`${what} is no object`);
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value.length <= 64) return value;
  throw new RangeError(`${what} is no short text`);
}
