/** Values on their way into a Lua state and out of it. */
import { LUA } from './engine.ts';
import { LAYOUT } from './layout.ts';
import type { Machine } from './machine.ts';
import { STEP } from './shimCode.ts';
import { type LuaValue, MAX_ARGUMENTS, MAX_BYTES, MAX_NESTING } from './types.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;
/** Bytes that are faster to copy one by one. */
const SHORT = 64;
const TWO_TO_32 = 2 ** 32;

/**
 * Writes the steps that build values to where the machine looks for them, over others that lie there. Throws TypeError
 * for what {@link LuaValue} does not allow.
 */
export type StepWriter = (values: readonly LuaValue[]) => void;

/** Made once for a machine: making its parts costs more than a small group does. */
export function createStepWriter({ bytes, view }: Pick<Machine, 'bytes' | 'view'>): StepWriter {
  const text = Buffer.from(view.buffer);
  const end = LAYOUT.steps + MAX_BYTES - 1;
  const names = new Map<string, number>();
  let nextName = 0;
  let at = 0;

  function step(kind: number, size: number): void {
    if (at + 1 + size > end) throw new TypeError(`the arguments have more than ${MAX_BYTES} bytes`);
    bytes[at++] = kind;
  }
  function u32(value: number): void {
    view.setUint32(at, value, true);
    at += 4;
  }
  // A name keeps its place: Lua remembers texts by where they lay, which costs less fuel.
  function nameAt(name: string): number {
    const known = names.get(name);
    if (known !== undefined) return known;
    if (!NAME.test(name)) throw new TypeError(`no name of a field: ${name.slice(0, 80)}`);
    const start = nextName;
    nextName += name.length + 1;
    if (nextName > LAYOUT.names + LAYOUT.namesSize) throw new TypeError('the arguments have too many names');
    text.write(name, start, 'latin1');
    bytes[nextName - 1] = 0;
    names.set(name, start);
    return start;
  }
  function integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError(`no whole number within 2^53: ${value}`);
    step(STEP.integer, 8);
    u32(value >>> 0);
    u32(Math.floor(value / TWO_TO_32) >>> 0);
  }
  function bigInteger(value: bigint): void {
    if (value < MIN_INTEGER || value > MAX_INTEGER) throw new TypeError(`no number of 64 bits: ${value}`);
    step(STEP.integer, 8);
    view.setBigInt64(at, value, true);
    at += 8;
  }
  function string(value: string): void {
    const size = Buffer.byteLength(value);
    step(STEP.text, 4 + size);
    u32(size);
    at += text.write(value, at, 'utf8');
  }
  function byteString(value: Uint8Array): void {
    step(STEP.text, 4 + value.length);
    u32(value.length);
    if (value.length > SHORT) bytes.set(value, at);
    else for (let index = 0; index < value.length; index++) bytes[at + index] = value[index] ?? 0;
    at += value.length;
  }
  function table(items: number, fields: number): void {
    step(STEP.table, 8);
    u32(items);
    u32(fields);
  }
  function list(entries: readonly LuaValue[], level: number): void {
    table(entries.length, 0);
    for (let index = 0; index < entries.length; index++) {
      // A gap in an array counts as nothing.
      visit(entries[index] ?? null, level);
      step(STEP.item, 4);
      u32(index + 1);
    }
  }
  function fields(record: { readonly [name: string]: LuaValue }, level: number): void {
    const found = Object.keys(record);
    table(0, found.length);
    for (const name of found) {
      visit(record[name] ?? null, level);
      step(STEP.field, 4);
      u32(nameAt(name));
    }
  }
  function object(value: Exclude<LuaValue, number | string | bigint | boolean>, level: number): void {
    if (value === null) step(STEP.nil, 0);
    else if (value instanceof Uint8Array) byteString(value);
    else if (level === MAX_NESTING) throw new TypeError(`an argument has more than ${MAX_NESTING} levels`);
    else if (isList(value)) list(value, level + 1);
    else fields(value, level + 1);
  }
  function visit(value: LuaValue, level: number): void {
    switch (typeof value) {
      case 'object':
        object(value, level);
        break;
      case 'number':
        integer(value);
        break;
      case 'bigint':
        bigInteger(value);
        break;
      case 'string':
        string(value);
        break;
      case 'boolean':
        step(STEP.boolean, 1);
        bytes[at++] = value ? 1 : 0;
        break;
      default:
        throw new TypeError(`no Lua value: a ${typeof value}`);
    }
  }

  return values => {
    if (values.length > MAX_ARGUMENTS) throw new TypeError(`more than ${MAX_ARGUMENTS} arguments`);
    // Nothing of other arguments: where a name lies decides about fuel.
    names.clear();
    nextName = LAYOUT.names;
    at = LAYOUT.steps;
    for (const value of values) visit(value, 0);
    bytes[at] = STEP.end;
  };
}

const isList = (value: object): value is readonly LuaValue[] => Array.isArray(value);

/** A copy of what lies there; undefined for a table or a function. */
export function valueAt(machine: Machine, index: number): LuaValue | undefined {
  const { engine, state } = machine;
  switch (engine.lua_type(state, index)) {
    case LUA.type.nil:
      return null;
    case LUA.type.boolean:
      return engine.lua_toboolean(state, index) !== 0;
    case LUA.type.number:
      return engine.lua_tointegerx(state, index, 0);
    case LUA.type.string:
      return bytesAt(machine, index);
    default:
      return undefined;
  }
}

/** Of a text. */
export function bytesAt({ engine, state, bytes }: Machine, index: number): Uint8Array {
  const at = engine.lua_tolstring(state, index, 0);
  return bytes.slice(at, at + Number(engine.lua_rawlen(state, index)));
}
