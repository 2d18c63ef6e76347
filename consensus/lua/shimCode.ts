/** The two functions of `shim.ts`, in WASM written by hand (core specification 5.4). */

export const I32 = 0x7f;
export const I64 = 0x7e;
const VOID = 0x40;

export const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load = (global: number): number[] => [0x23, global];
const store = (global: number): number[] => [0x24, global];
/** From -64 to 63. */
const constant = (value: number): number[] => [0x41, value & 0x7f];
const when = (...body: readonly number[]): number[] => [0x04, VOID, ...body, 0x0b];
const call = (index: number): number[] => [0x10, index];
/** Of memory, at the address on the stack and so many bytes on. */
const byteAt = (offset: number): number[] => [0x2d, 0, offset];
const i32At = (offset: number): number[] => [0x28, 0, offset];
const i64At = (offset: number): number[] => [0x29, 0, offset];
const [EQZ, EQ, NE, GT, LE, ADD, SUB, AND] = [0x45, 0x46, 0x47, 0x4b, 0x4d, 0x6a, 0x6b, 0x71] as const;
const [UNREACHABLE, LOOP, ELSE, END, RETURN, DROP] = [0x00, 0x03, 0x05, 0x0b, 0x0f, 0x1a] as const;
const EXTEND = 0xad;

/** Global variables of the shim. */
export const GLOBALS = ['top', 'end', 'peak', 'full'] as const;
const [TOP, LIMIT, PEAK, FULL] = [0, 1, 2, 3];

/** To the next multiple of 8. */
const aligned = [...constant(7), ADD, ...constant(-8), AND];

const [BLOCK, SIZE, WANTED, AT, AFTER] = [1, 2, 3, 4, 5];
/** Another block than the last one, whose place is not the new one. */
const moves = [...get(BLOCK), EQZ, EQZ, ...get(BLOCK), ...get(AT), NE, AND];

/** `lua_Alloc`: parameters are one that is not used, the block, its size, its new size; two variables more. */
export const ALLOC: readonly number[] = [
  // A size without a block is the kind of a new object.
  ...get(BLOCK),
  ...when(...get(BLOCK), ...get(SIZE), ...aligned, ADD, ...set(AFTER)),
  // What is given back stays where it is.
  ...[...get(WANTED), EQZ, ...when(...constant(0), RETURN)],
  // The last block grows and shrinks where it is.
  ...[...get(AFTER), ...load(TOP), EQ, 0x04, VOID, ...get(BLOCK), ...set(AT)],
  ...[ELSE, ...load(TOP), ...set(AT), END],
  // Another one shrinks where it is.
  ...[...moves, ...get(WANTED), ...get(SIZE), LE, AND],
  ...when(...get(BLOCK), RETURN),
  // Both ends are aligned: what fits still fits when it is aligned.
  ...[...get(WANTED), ...load(LIMIT), ...get(AT), SUB, GT],
  ...when(...constant(1), ...store(FULL), UNREACHABLE),
  ...[...get(AT), ...get(WANTED), ...aligned, ADD, ...store(TOP)],
  ...[...load(TOP), ...load(PEAK), GT, ...when(...load(TOP), ...store(PEAK))],
  // Without a meter: what is copied in all a check is less than its memory.
  ...[...moves, ...when(...get(AT), ...get(BLOCK), ...get(SIZE), 0xfc, 10, 0, 0)],
  ...[...get(AT), END],
];

/** The functions of Lua that the shim calls, by their number in it, with their parameters and result. */
export const IMPORTS = [
  { name: 'print', parameters: [I32], results: [I32] },
  { name: 'lua_pushnil', parameters: [I32], results: [] },
  { name: 'lua_pushboolean', parameters: [I32, I32], results: [] },
  { name: 'lua_pushinteger', parameters: [I32, I64], results: [] },
  { name: 'lua_pushlstring', parameters: [I32, I32, I32], results: [I32] },
  { name: 'lua_createtable', parameters: [I32, I32, I32], results: [] },
  { name: 'lua_setfield', parameters: [I32, I32, I32], results: [] },
  { name: 'lua_rawseti', parameters: [I32, I32, I64], results: [] },
] as const;
const indexOf = (name: (typeof IMPORTS)[number]['name']): number =>
  IMPORTS.findIndex(entry => entry.name === name);

/**
 * Steps that build values on the stack of a state, one byte each with what follows it, in little endian:
 * whether it is true (1 byte), the number (8), the length of a text (4) and its bytes, places for a list and for fields
 * (4 and 4), where the name of a field lies (4), the index in a list (4). `field` and `item` take the last value.
 */
export const STEP = {
  end: 0,
  nil: 1,
  boolean: 2,
  integer: 3,
  text: 4,
  table: 5,
  field: 6,
  item: 7,
} as const;

const [STATE, FROM, WHAT] = [0, 1, 2];
const further = (...bytes: readonly number[]): number[] => [...get(FROM), ...bytes, ADD, ...set(FROM)];
/** One kind of step: what it does, how far it goes on, and the next one. */
const step = (kind: number, work: readonly number[], on: readonly number[]): number[] => [
  ...[...get(WHAT), ...constant(kind), EQ],
  ...when(...get(STATE), ...work, ...further(...on), 0x0c, 1),
];
const to = (name: (typeof IMPORTS)[number]['name'], ...values: readonly number[]): number[] => [
  ...values,
  ...call(indexOf(name)),
];

/** Parameters are the state and where the steps begin; one variable more. */
export const PUSH: readonly number[] = [
  ...[LOOP, VOID, ...get(FROM), ...byteAt(0), ...set(WHAT)],
  ...[...get(WHAT), EQZ, ...when(RETURN)],
  ...step(STEP.nil, to('lua_pushnil'), constant(1)),
  ...step(STEP.boolean, to('lua_pushboolean', ...get(FROM), ...byteAt(1)), constant(2)),
  ...step(STEP.integer, to('lua_pushinteger', ...get(FROM), ...i64At(1)), constant(9)),
  ...step(
    STEP.text,
    [...to('lua_pushlstring', ...get(FROM), ...constant(5), ADD, ...get(FROM), ...i32At(1)), DROP],
    [...get(FROM), ...i32At(1), ...constant(5), ADD],
  ),
  ...step(
    STEP.table,
    to('lua_createtable', ...get(FROM), ...i32At(1), ...get(FROM), ...i32At(5)),
    constant(9),
  ),
  ...step(STEP.field, to('lua_setfield', ...constant(-2), ...get(FROM), ...i32At(1)), constant(5)),
  ...step(STEP.item, to('lua_rawseti', ...constant(-2), ...get(FROM), ...i32At(1), EXTEND), constant(5)),
  ...[UNREACHABLE, END, END],
];
