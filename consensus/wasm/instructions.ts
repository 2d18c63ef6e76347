/** The instructions of WASM that this code names, and how long each one is. */
import { WasmError, type WasmReader } from './binary.ts';

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i32Eqz: 0x45,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32ShrU: 0x76,
  extended: 0xfc,
} as const;
export const EXTENDED = { memoryCopy: 10, memoryFill: 11 } as const;

/** Steps over what belongs to an instruction (core specification 5.4). */
export function skipImmediates(reader: WasmReader, op: number, sub: number): void {
  if (op === OP.extended) skipExtended(reader, sub);
  else if (op === 0x0e) {
    // br_table
    for (let labels = reader.u32() + 1; labels > 0; labels--) reader.skipLeb();
  } else if (op === 0x1c)
    reader.take(reader.u32()); // select with types
  else if (op === 0x43) reader.take(4);
  else if (op === 0x44) reader.take(8);
  else if (op === OP.callIndirect || (op >= 0x28 && op <= 0x3e)) {
    reader.skipLeb();
    reader.skipLeb();
  } else if (takesOne(op)) reader.skipLeb();
  else if (!takesNone(op)) throw new WasmError(`an unknown instruction 0x${op.toString(16)}`);
}

const takesOne = (op: number): boolean =>
  (op >= OP.block && op <= OP.if) ||
  op === OP.br ||
  op === 0x0d ||
  op === OP.call ||
  (op >= OP.localGet && op <= 0x26) ||
  (op >= OP.memorySize && op <= 0x42) ||
  op === 0xd0 ||
  op === 0xd2;

const takesNone = (op: number): boolean =>
  op <= 0x01 ||
  op === 0x05 ||
  op === OP.end ||
  op === OP.return ||
  op === 0x1a ||
  op === 0x1b ||
  (op >= OP.i32Eqz && op <= 0xc4) ||
  op === 0xd1;

/** Conversions, and copying and filling of memory; the rest would need limits of its own. */
function skipExtended(reader: WasmReader, sub: number): void {
  if (sub === EXTENDED.memoryCopy) reader.take(2);
  else if (sub === EXTENDED.memoryFill) reader.take(1);
  else if (sub > 7) throw new WasmError(`an unknown instruction 0xfc ${sub}`);
}
