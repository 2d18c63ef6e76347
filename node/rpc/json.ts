/**
 * JSON <-> values, driven by the schemas of codecs: accounts are SS58 addresses, u64 decimal strings, bytes and hashes
 * `0x` hex, structs objects, unions objects with `kind`, an absent optional null. Nothing is guessed: what does not fit
 * the schema is a {@link JsonError} that names the path.
 */
import { type Codec, type Hex, type Schema, toHex } from '../../consensus/interface/index.ts';
import { addressOf, toAccount } from './addresses.ts';

/** JSON that does not fit a schema. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly path: string;
  readonly detail: string;
  constructor(path: string, detail: string) {
    super(path === '' ? detail : `${path}: ${detail}`);
    this.path = path;
    this.detail = detail;
  }
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;
const HEX = /^0x([0-9a-f]{2})*$/;

type Struct = Extract<Schema, { type: 'struct' }>;
type Union = Extract<Schema, { type: 'union' }>;
type Values = Readonly<Record<string, unknown>>;

/** The JSON form of a value that its codec accepts. */
export function toJson<T>({ schema }: Pick<Codec<T>, 'schema'>, value: T): unknown {
  return outward(schema, value);
}

/** The value of its JSON form. Throws {@link JsonError}, or an AddressError for a bad address. */
export function fromJson<T>({ schema }: Pick<Codec<T>, 'schema'>, json: unknown, path = ''): T {
  return inward(schema, json, path) as T;
}

function outward(schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case 'u64':
      return String(value);
    case 'account':
      return addressOf(value as Hex);
    case 'bytes':
      return toHex(value as Uint8Array);
    case 'list':
      return (value as readonly unknown[]).map(item => outward(schema.item, item));
    case 'optional':
      return value === null ? null : outward(schema.item, value);
    case 'struct':
      return structOutward(schema, value as Values);
    case 'union': {
      const { kind } = value as { kind: string };
      return { kind, ...structOutward(caseOf(schema, kind, ''), value as Values) };
    }
    default:
      return value;
  }
}

const structOutward = ({ fields }: Struct, value: Values): Values =>
  Object.fromEntries(fields.map(({ name, schema }) => [name, outward(schema, value[name])]));

function inward(schema: Schema, json: unknown, path: string): unknown {
  switch (schema.type) {
    case 'bool':
      if (typeof json !== 'boolean') throw expected('true or false', json, path);
      return json;
    case 'uint':
      if (typeof json !== 'number' || !Number.isSafeInteger(json) || json < 0 || json > schema.max)
        throw expected(`an integer from 0 to ${schema.max}`, json, path);
      return json;
    case 'u64':
      return amountInward(json, path);
    case 'account':
      if (typeof json !== 'string') throw expected('an SS58 address', json, path);
      return toAccount(json);
    case 'fixed':
      return hexInward(json, path, schema.length);
    case 'bytes':
      return bytesInward(json, path, schema.max);
    case 'text':
      return textInward(json, path, schema.max);
    case 'enum':
      if (typeof json !== 'string' || !schema.values.includes(json))
        throw expected(`one of ${schema.values.join(', ')}`, json, path);
      return json;
    case 'list':
      if (!Array.isArray(json)) throw expected('an array', json, path);
      if (json.length > schema.max)
        throw new JsonError(path, `${json.length} items are over the limit of ${schema.max}`);
      return json.map((item, index) => inward(schema.item, item, `${path}[${index}]`));
    case 'optional':
      return json === null ? null : inward(schema.item, json, path);
    case 'struct':
      return structInward(schema, objectOf(json, path), path, []);
    case 'union':
      return unionInward(schema, objectOf(json, path), path);
  }
}

function amountInward(json: unknown, path: string): bigint {
  if (typeof json !== 'string' || !DECIMAL.test(json))
    throw expected('an amount in base units as a decimal string, e.g. "1000000000"', json, path);
  const amount = BigInt(json);
  if (amount > MAX_U64) throw new JsonError(path, `${json} does not fit 64 bits`);
  return amount;
}

function hexInward(json: unknown, path: string, length: number): Hex {
  if (typeof json !== 'string' || json.length !== 2 + length * 2 || !HEX.test(json))
    throw expected(`${length} bytes as lower-case 0x hex`, json, path);
  return json as Hex;
}

function bytesInward(json: unknown, path: string, max: number): Uint8Array {
  if (typeof json !== 'string' || !HEX.test(json)) throw expected('bytes as lower-case 0x hex', json, path);
  const size = json.length / 2 - 1;
  if (size > max) throw new JsonError(path, `${size} bytes are over the limit of ${max}`);
  return new Uint8Array(Buffer.from(json.slice(2), 'hex'));
}

function textInward(json: unknown, path: string, max: number): string {
  if (typeof json !== 'string') throw expected('a text', json, path);
  const size = Buffer.byteLength(json);
  if (size > max) throw new JsonError(path, `${size} bytes are over the limit of ${max}`);
  return json;
}

/** A missing field is refused, except an optional one, which is null. */
function structInward({ fields }: Struct, json: Values, path: string, others: readonly string[]): Values {
  const known = new Set([...fields.map(({ name }) => name), ...others]);
  const unknown = Object.keys(json).find(name => !known.has(name));
  if (unknown !== undefined)
    throw new JsonError(inside(path, unknown), `no such field; there are ${[...known].join(', ') || 'none'}`);
  return Object.fromEntries(
    fields.map(({ name, schema }) => {
      // What every object inherits, e.g. `toString`, is no field of it.
      if (Object.hasOwn(json, name)) return [name, inward(schema, json[name], inside(path, name))];
      if (schema.type !== 'optional') throw new JsonError(inside(path, name), 'is missing');
      return [name, null];
    }),
  );
}

function unionInward(schema: Union, json: Values, path: string): Values {
  const kind = Object.hasOwn(json, 'kind') ? json.kind : undefined;
  const found = caseOf(schema, kind, inside(path, 'kind'));
  return { kind, ...structInward(found, json, path, ['kind']) };
}

function caseOf({ cases }: Union, kind: unknown, path: string): Struct {
  const found = cases.find(each => each.kind === kind)?.schema;
  if (found?.type !== 'struct')
    throw expected(`one of ${cases.map(each => each.kind).join(', ')}`, kind, path);
  return found;
}

function objectOf(json: unknown, path: string): Values {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw expected('an object', json, path);
  return json as Values;
}

const inside = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`);

const expected = (what: string, json: unknown, path: string): JsonError =>
  new JsonError(path, `expected ${what}, got ${describe(json)}`);

/** A short name of what came instead; never the whole of it. */
function describe(json: unknown): string {
  if (json === undefined) return 'nothing';
  if (Array.isArray(json)) return 'an array';
  if (typeof json === 'object' && json !== null) return 'an object';
  const text = JSON.stringify(json);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
