/**
 * Puts a meter into a WASM program: each call of a function and each turn of a loop costs one unit of fuel, whatever it
 * belongs to, so that nothing the program does goes on for free, library code included. The nesting of calls is counted too: the
 * stack of the engine below differs from machine to machine and must never be the limit that is met first. Memory has its
 * final size from the start and growing it is counting: whether the operating system has some left does not matter.
 *
 * The result is the same program with the exports `meter_fuel`, `meter_depth` and `meter_pages`. It traps when the fuel is
 * spent or the calls are nested too deep; the counters say which.
 */
import {
  WasmReader as Reader,
  readList,
  readSections,
  SECTION,
  signed,
  unsigned,
  WasmError,
  type WasmReader,
  WasmWriter,
  writeList,
  writeSections,
} from './binary.ts';
import { EXTENDED, OP, skipImmediates } from './instructions.ts';

export interface MeterLimits {
  /** Units of nesting: each open call that itself calls costs {@link CALL_DEPTH} and one for each of its locals. */
  readonly depth: number;
  /** Pages of 64 KiB that the program can have. */
  readonly pages: number;
}

export const METER = { fuel: 'meter_fuel', depth: 'meter_depth', pages: 'meter_pages' } as const;

const CALL_DEPTH = 16;
/** Bytes that copying or filling moves for one unit of fuel. */
const BYTES_PER_FUEL_SHIFT = 6;

const I32 = 0x7f;
const VOID = 0x40;
/** Numbers that instructions name things by. */
interface Names {
  readonly fuel: number;
  readonly depth: number;
  readonly pages: number;
  readonly grow: number;
  readonly copy: number;
  readonly fill: number;
}

/** Throws {@link WasmError} for what it does not know: exceptions, vectors, threads, several results. */
export function metered(wasm: Uint8Array, limits: MeterLimits): Uint8Array {
  const sections = readSections(wasm);
  const bodyOf = (id: number): Uint8Array => {
    const found = sections.find(section => section.id === id);
    if (found === undefined) throw new WasmError(`there is no section ${id}`);
    return found.body;
  };
  const types = readList(bodyOf(SECTION.type), skipType);
  const functions = readList(bodyOf(SECTION.function), reader => reader.u32());
  const globals = readList(bodyOf(SECTION.global), skipGlobal);
  const imported = readList(bodyOf(SECTION.import), skipFunctionImport).length;
  const bodies = readList(bodyOf(SECTION.code), reader => reader.take(reader.u32()));
  const first = imported + functions.length;
  const names: Names = {
    fuel: globals.length,
    depth: globals.length + 1,
    pages: globals.length + 2,
    grow: first,
    copy: first + 1,
    fill: first + 2,
  };
  const resultOf = (index: number): number => {
    const type = types[new Reader(functions[index] ?? NO_BYTES).u32()];
    if (type === undefined) throw new WasmError('a function of an unknown type');
    return blockTypeOf(type);
  };
  const code = bodies.map((body, index) =>
    withSize(meteredBody(contentOf(body), resultOf(index), names, limits)),
  );
  const replaced = new Map<number, Uint8Array>([
    [SECTION.type, writeList([...types, ...HELPER_TYPES])],
    [
      SECTION.function,
      writeList([...functions, ...[0, 1, 1].map(type => Uint8Array.from(unsigned(types.length + type)))]),
    ],
    [SECTION.memory, Uint8Array.from([1, 1, ...unsigned(limits.pages), ...unsigned(limits.pages)])],
    [
      SECTION.global,
      writeList([...globals, counter(0), counter(0), counter(initialPages(bodyOf(SECTION.memory)))]),
    ],
    [SECTION.export, withExports(bodyOf(SECTION.export), names)],
    [SECTION.code, writeList([...code, ...helpers(names, limits).map(withSize)])],
  ]);
  return writeSections(sections.map(({ id, body }) => ({ id, body: replaced.get(id) ?? body })));
}

const NO_BYTES = new Uint8Array();

function skipType(reader: WasmReader): void {
  if (reader.byte() !== 0x60) throw new WasmError('a type that is no function');
  reader.take(reader.u32());
  reader.take(reader.u32());
}

function skipFunctionImport(reader: WasmReader): void {
  reader.take(reader.u32());
  reader.take(reader.u32());
  if (reader.byte() !== 0) throw new WasmError('an import that is no function');
  reader.u32();
}

function skipGlobal(reader: WasmReader): void {
  reader.take(2);
  const op = reader.byte();
  if (op !== OP.i32Const && op !== 0x42) throw new WasmError('a global that starts as no constant integer');
  reader.skipLeb();
  if (reader.byte() !== OP.end) throw new WasmError('a global that starts as a calculation');
}

const contentOf = (sized: Uint8Array): Uint8Array => {
  const reader = new Reader(sized);
  return reader.take(reader.u32());
};

const withSize = (body: Uint8Array): Uint8Array => new WasmWriter().sized(body).finish();

function blockTypeOf(type: Uint8Array): number {
  const reader = new Reader(type, 1);
  reader.take(reader.u32());
  const results = reader.u32();
  if (results > 1) throw new WasmError('a function with several results');
  return results === 0 ? VOID : reader.byte();
}

function initialPages(memory: Uint8Array): number {
  const reader = new Reader(memory);
  reader.u32();
  reader.byte();
  return reader.u32();
}

/** A global number that changes. */
const counter = (value: number): Uint8Array =>
  Uint8Array.from([I32, 1, OP.i32Const, ...signed(value), OP.end]);

function withExports(section: Uint8Array, names: Names): Uint8Array {
  const entries = readList(section, reader => {
    reader.take(reader.u32());
    reader.byte();
    reader.u32();
  });
  const own = Object.entries(METER).map(([key, name]) =>
    new WasmWriter()
      .sized(new TextEncoder().encode(name))
      .raw([3])
      .u32(names[key as keyof typeof METER])
      .finish(),
  );
  return writeList([...entries, ...own]);
}

const trapIf = [OP.if, VOID, OP.unreachable, OP.end] as const;

/** Takes what lies on the stack off the fuel. */
function charge({ fuel }: Names, cost: readonly number[]): number[] {
  const left = [OP.globalGet, ...unsigned(fuel)];
  return [
    ...left,
    ...cost,
    OP.i32LtU,
    ...[OP.if, VOID, OP.i32Const, 0, OP.globalSet, ...unsigned(fuel), OP.unreachable, OP.end],
    ...left,
    ...cost,
    OP.i32Sub,
    OP.globalSet,
    ...unsigned(fuel),
  ];
}

const chargeOne = ({ fuel }: Names): number[] => {
  const left = [OP.globalGet, ...unsigned(fuel)];
  return [...left, OP.i32Eqz, ...trapIf, ...left, OP.i32Const, 1, OP.i32Sub, OP.globalSet, ...unsigned(fuel)];
};

/** One body, without its size. */
function meteredBody(body: Uint8Array, result: number, names: Names, limits: MeterLimits): Uint8Array {
  const reader = new Reader(body);
  const locals = skipLocals(reader);
  const writer = new WasmWriter().raw(body.subarray(0, reader.at));
  const { code, calls } = meteredCode(reader, names);
  writer.raw(chargeOne(names));
  if (!calls) return writer.raw(code).finish();
  const depth = unsigned(names.depth);
  const cost = signed(CALL_DEPTH + locals);
  return writer
    .raw([OP.globalGet, ...depth, OP.i32Const, ...cost, OP.i32Add, OP.globalSet, ...depth])
    .raw([OP.globalGet, ...depth, OP.i32Const, ...signed(limits.depth), OP.i32GtU, ...trapIf])
    .raw([OP.block, result])
    .raw(code)
    .raw([OP.globalGet, ...depth, OP.i32Const, ...cost, OP.i32Sub, OP.globalSet, ...depth, OP.end])
    .finish();
}

function skipLocals(reader: WasmReader): number {
  let locals = 0;
  for (let groups = reader.u32(); groups > 0; groups--) {
    locals += reader.u32();
    reader.byte();
  }
  return locals;
}

interface Code {
  readonly code: Uint8Array;
  /** Whether other functions are called from here. */
  readonly calls: boolean;
}

/** Instructions up to the end of the body. A return becomes a branch to its end, which stands for the same. */
function meteredCode(reader: WasmReader, names: Names): Code {
  const writer = new WasmWriter();
  let depth = 0;
  let calls = false;
  while (!reader.isAtEnd) {
    const start = reader.at;
    const op = reader.byte();
    const sub = op === OP.extended ? reader.u32() : 0;
    skipImmediates(reader, op, sub);
    const plain = reader.bytes.subarray(start, reader.at);
    if (op === OP.block || op === OP.loop || op === OP.if) depth++;
    if (op === OP.end) depth--;
    if (op === OP.call || op === OP.callIndirect) calls = true;
    if (op === OP.loop) writer.raw(plain).raw(chargeOne(names));
    else if (op === OP.return) writer.raw([OP.br, ...unsigned(depth)]);
    else if (op === OP.memorySize) writer.raw([OP.globalGet, ...unsigned(names.pages)]);
    else if (op === OP.memoryGrow) writer.raw([OP.call, ...unsigned(names.grow)]);
    else if (op === OP.extended && sub === EXTENDED.memoryCopy)
      writer.raw([OP.call, ...unsigned(names.copy)]);
    else if (op === OP.extended && sub === EXTENDED.memoryFill)
      writer.raw([OP.call, ...unsigned(names.fill)]);
    else writer.raw(plain);
  }
  if (depth !== -1) throw new WasmError('blocks that do not end where they should');
  return { code: writer.finish(), calls };
}

/** Of the helpers: one number to one, and three numbers to nothing. */
const HELPER_TYPES = [Uint8Array.of(0x60, 1, I32, 1, I32), Uint8Array.of(0x60, 3, I32, I32, I32, 0)];

/** `grow`, `copy` and `fill`. */
function helpers(names: Names, limits: MeterLimits): Uint8Array[] {
  const pages = [OP.globalGet, ...unsigned(names.pages)];
  const asked = [OP.localGet, 0];
  const grow = [
    ...[OP.i32Const, ...signed(limits.pages), ...pages, OP.i32Sub, ...asked, OP.i32LtU],
    ...[OP.if, VOID, OP.i32Const, ...signed(-1), OP.return, OP.end],
    ...[...pages, ...pages, ...asked, OP.i32Add, OP.globalSet, ...unsigned(names.pages), OP.end],
  ];
  const size = [OP.localGet, 2, OP.i32Const, BYTES_PER_FUEL_SHIFT, OP.i32ShrU];
  const all = [OP.localGet, 0, OP.localGet, 1, OP.localGet, 2];
  const move = (instruction: readonly number[]): number[] => [
    ...charge(names, size),
    ...all,
    OP.extended,
    ...instruction,
    OP.end,
  ];
  return [grow, move([EXTENDED.memoryCopy, 0, 0]), move([EXTENDED.memoryFill, 0])].map(code =>
    Uint8Array.from([0, ...code]),
  );
}
