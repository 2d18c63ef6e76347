/** What a consensus module is, as plain data: how a node knows a module whose code runs elsewhere. */
import {
  account,
  bool,
  bytes,
  type Capability,
  type Codec,
  type ConsensusModule,
  fixed,
  INTERFACE_VERSION,
  list,
  type Method,
  oneOf,
  optional,
  type Query,
  type Schema,
  struct,
  text,
  u64,
  uint,
  union,
} from '../../consensus/interface/index.ts';
import { messageOf } from '../errors.ts';

/** Types within types; far more than any module has. */
const MAX_DEPTH = 32;

interface Described {
  readonly description: string;
  readonly schema: Schema;
}

/** The JSON of this is what a process tells its node after the handshake. */
export interface Description {
  readonly info: ConsensusModule['info'];
  readonly params: Schema;
  readonly calls: Readonly<Record<string, Described>>;
  readonly events: Readonly<Record<string, Schema>>;
  readonly queries: Readonly<Record<string, Described & { readonly result: Schema }>>;
  /** Whether it takes part in closing epochs. */
  readonly closes: boolean;
  /** Whether it can take over the storage of an older version. */
  readonly migrates: boolean;
}

export const describe = (module: ConsensusModule): Description => ({
  info: module.info,
  params: module.params.schema,
  calls: mapValues(module.calls, ({ description, codec }) => ({ description, schema: codec.schema })),
  events: mapValues(module.events ?? {}, codec => codec.schema),
  queries: mapValues(module.queries ?? {}, ({ description, codec, result }) => ({
    description,
    schema: codec.schema,
    result: result.schema,
  })),
  closes: module.closeEpoch !== undefined,
  migrates: module.migrate !== undefined,
});

/**
 * A module that declares all and runs nothing: whoever would run it must ask its process. Throws TypeError for a
 * description that is none.
 */
export function shellOf(description: unknown): ConsensusModule {
  const found = record(description, 'the description');
  const closes = found.closes === true;
  return {
    info: infoOf(found.info),
    params: codecOf(found.params) as Codec<unknown>,
    genesis: elsewhere,
    calls: mapValues(record(found.calls, 'calls'), methodOf),
    events: mapValues(record(found.events, 'events'), schema => codecOf(schema)),
    queries: mapValues(record(found.queries, 'queries'), queryOf),
    ...(closes ? { closeEpoch: elsewhere } : {}),
    ...(found.migrates === true ? { migrate: elsewhere } : {}),
  };
}

function elsewhere(): never {
  throw new Error('this consensus module runs in a process of its own, which must be asked');
}

function methodOf(value: unknown): Method<unknown> {
  const { description, schema } = record(value, 'a call');
  return { description: String(description), codec: codecOf(schema), weight: elsewhere, apply: elsewhere };
}

function queryOf(value: unknown): Query<unknown, unknown> {
  const { description, schema, result } = record(value, 'a query');
  return {
    description: String(description),
    codec: codecOf(schema),
    result: codecOf(result),
    run: elsewhere,
  };
}

function infoOf(value: unknown): ConsensusModule['info'] {
  const { name, version, interfaceVersion, stateVersion, requires } = record(value, 'info');
  if (typeof name !== 'string' || typeof version !== 'string' || interfaceVersion !== INTERFACE_VERSION)
    throw new TypeError('info lacks a name, a version or this version of the interface');
  if (!Number.isSafeInteger(stateVersion) || !Array.isArray(requires))
    throw new TypeError('info lacks a state version or its capabilities');
  return {
    name,
    version,
    interfaceVersion,
    stateVersion: Number(stateVersion),
    requires: requires.map(capability => String(capability) as Capability),
  };
}

/** The codec that a schema describes. Throws TypeError for what is no schema. */
export function codecOf(value: unknown, depth = 0): Codec<unknown> {
  if (depth > MAX_DEPTH) throw new TypeError(`a schema is nested more than ${MAX_DEPTH} deep`);
  const schema = record(value, 'a schema');
  const inner = (part: unknown): Codec<unknown> => codecOf(part, depth + 1);
  switch (schema.type) {
    case 'bool':
      return bool;
    case 'u64':
      return u64;
    case 'account':
      return account;
    case 'uint':
      return uint(size(schema.max));
    case 'fixed':
      return fixed(size(schema.length));
    case 'bytes':
      return bytes(size(schema.max));
    case 'text':
      return text(size(schema.max));
    case 'enum':
      return oneOf(items(schema.values).map(String));
    case 'list':
      return list(inner(schema.item), size(schema.max));
    case 'optional':
      return optional(inner(schema.item));
    case 'struct':
      return struct(
        named(items(schema.fields).map(field => pair(record(field, 'a field'), 'name', inner))),
      ) as Codec<unknown>;
    case 'union':
      return union(named(items(schema.cases).map(part => caseOf(part, inner)))) as unknown as Codec<unknown>;
    default:
      throw new TypeError(`there is no type ${String(schema.type)}`);
  }
}

type Inner = (schema: unknown) => Codec<unknown>;

const pair = (field: Fields, key: string, inner: Inner) => [String(field[key]), inner(field.schema)] as const;

function caseOf(value: unknown, inner: Inner): readonly [string, readonly [number, Codec<object>]] {
  const part = record(value, 'a case');
  const [kind, codec] = pair(part, 'kind', inner);
  return [kind, [size(part.tag), codec as Codec<object>]];
}

/** Names that come twice, or that an object cannot have as its own, would change the order of fields. */
function named<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  const fields = Object.fromEntries(entries);
  if (Object.keys(fields).length !== entries.length || Object.hasOwn(fields, '__proto__'))
    throw new TypeError('a type has a field twice');
  return fields;
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${what} is not an object`);
  return value as Fields;
}

function items(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a part of a schema is not a list');
  return value;
}

function size(value: unknown): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new TypeError(`${String(value)} is no size`);
  return Number(value);
}

const mapValues = <From, To>(
  fields: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, map(value)]));

/** What a process sent, as JSON text. Throws TypeError with the reason. */
export function shellOfJson(json: string): ConsensusModule {
  try {
    return shellOf(JSON.parse(json));
  } catch (error) {
    throw new TypeError(`its description: ${messageOf(error)}`);
  }
}
