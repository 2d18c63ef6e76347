/** Values on their way into a Lua state and out of it. */
import { LUA } from './engine.ts';
import { LAYOUT } from './layout.ts';
import type { Machine } from './machine.ts';
import { type LuaValue, MAX_BYTES, MAX_NESTING } from './types.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_NAME = 64;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/** Throws TypeError for what {@link LuaValue} does not allow. Says it before the machine runs, and so for free. */
export function requireValues(values: readonly LuaValue[]): void {
  const names = new Set<string>();
  let size = 0;
  const visit = (value: LuaValue, level: number): void => {
    if (!isValue(value)) throw new TypeError(`no Lua value: ${describe(value)}`);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    if (level === MAX_NESTING) throw new TypeError(`an argument has more than ${MAX_NESTING} levels`);
    if (isList(value)) {
      for (const entry of value) visit(entry, level + 1);
      return;
    }
    for (const [name, entry] of Object.entries(value)) {
      if (!names.has(name)) {
        if (name.length > MAX_NAME || !NAME.test(name)) throw new TypeError(`no name of a field: ${name}`);
        names.add(name);
        size += name.length + 1;
      }
      visit(entry, level + 1);
    }
  };
  for (const value of values) visit(value, 0);
  if (size > LAYOUT.namesSize) throw new TypeError('the arguments have too many names');
}

function isValue(value: LuaValue): boolean {
  switch (typeof value) {
    case 'boolean':
      return true;
    case 'number':
      return Number.isSafeInteger(value);
    case 'bigint':
      return value >= MIN_INTEGER && value <= MAX_INTEGER;
    case 'string':
      return Buffer.byteLength(value) <= MAX_BYTES;
    case 'object':
      return !(value instanceof Uint8Array) || value.length <= MAX_BYTES;
    default:
      return false;
  }
}

const describe = (value: unknown): string =>
  typeof value === 'object' || typeof value === 'string' ? `${typeof value} too long` : String(value);

const isList = (value: object): value is readonly LuaValue[] => Array.isArray(value);

/** Puts checked values onto the stack of the state. */
export function pushAll(machine: Machine, values: readonly LuaValue[]): void {
  const { engine, state, bytes, view } = machine;
  const text = Buffer.from(view.buffer);
  const names = new Map<string, number>();
  let nextName: number = LAYOUT.names;

  // A name keeps its place for this check: Lua remembers texts by where they lay, which costs less fuel.
  function nameAt(name: string): number {
    const known = names.get(name);
    if (known !== undefined) return known;
    const at = nextName;
    nextName += text.write(name, at, 'latin1') + 1;
    bytes[nextName - 1] = 0;
    names.set(name, at);
    return at;
  }
  function push(value: LuaValue): void {
    switch (typeof value) {
      case 'boolean':
        engine.lua_pushboolean(state, value ? 1 : 0);
        return;
      case 'number':
      case 'bigint':
        engine.lua_pushinteger(state, BigInt(value));
        return;
      case 'string':
        engine.lua_pushlstring(state, LAYOUT.scratch, text.write(value, LAYOUT.scratch, 'utf8'));
        return;
      default:
        if (value === null) engine.lua_pushnil(state);
        else if (value instanceof Uint8Array) {
          bytes.set(value, LAYOUT.scratch);
          engine.lua_pushlstring(state, LAYOUT.scratch, value.length);
        } else if (isList(value)) pushList(value);
        else pushTable(value);
    }
  }
  function pushList(list: readonly LuaValue[]): void {
    engine.lua_createtable(state, list.length, 0);
    for (const [index, entry] of list.entries()) {
      push(entry);
      engine.lua_rawseti(state, -2, BigInt(index + 1));
    }
  }
  function pushTable(table: { readonly [name: string]: LuaValue }): void {
    const entries = Object.entries(table);
    engine.lua_createtable(state, 0, entries.length);
    for (const [name, entry] of entries) {
      push(entry);
      engine.lua_setfield(state, -2, nameAt(name));
    }
  }
  for (const value of values) push(value);
}

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
