/**
 * Makes the program of the machine from Lua 5.4 as wasmoon 1.16.0 compiled it: with a meter, and without turning texts
 * into numbers where nobody asked for it. `UPDATE_LUA=1` with `test/consensus/lua/frozen.test.ts` writes it to `program.ts`.
 */
import {
  readList,
  readSections,
  SECTION,
  unsigned,
  WasmError,
  WasmReader,
  WasmWriter,
  writeList,
  writeSections,
} from '../wasm/binary.ts';
import { OP, skipImmediates } from '../wasm/instructions.ts';
import { metered } from '../wasm/meter.ts';
import { LAYOUT, MAX_DEPTH } from './layout.ts';

/** Numbers of functions in `glue.wasm` of wasmoon 1.16.0, whose hash the test holds. */
const FUNCTION = {
  /** Text to number. */
  str2num: 428,
  /** `tonumber` asks for it by name, and the compiler reads numerals with it. */
  mayAsk: [49, 372],
} as const;

/** Its code, from the file of the package. */
export const luaProgram = (wasm: Uint8Array): Uint8Array =>
  metered(withoutCoercion(wasm), { depth: MAX_DEPTH, pages: LAYOUT.pages });

/**
 * `for i = "1", 2` counts in floats, and so would `math.abs("1")`: in the interpreter the conversion answers that there is
 * no number in any text.
 */
function withoutCoercion(wasm: Uint8Array): Uint8Array {
  const sections = readSections(wasm);
  const imported = readList(sectionOf(sections, SECTION.import), reader => {
    reader.take(reader.u32());
    reader.take(reader.u32());
    reader.byte();
    reader.u32();
  }).length;
  let replaced = 0;
  const bodies = readList(sectionOf(sections, SECTION.code), reader => reader.take(reader.u32())).map(
    (sized, index) => {
      if (FUNCTION.mayAsk.some(allowed => allowed === imported + index)) return sized;
      const changed = withoutCalls(contentOf(sized));
      if (changed === null) return sized;
      replaced += changed.count;
      return new WasmWriter().sized(changed.body).finish();
    },
  );
  // Of the interpreter, lua_tointegerx and lua_tonumberx.
  if (replaced !== 7)
    throw new WasmError(`${replaced} conversions instead of 7: this is another build of Lua`);
  const code = writeList(bodies);
  return writeSections(sections.map(({ id, body }) => ({ id, body: id === SECTION.code ? code : body })));
}

function sectionOf(sections: readonly { id: number; body: Uint8Array }[], id: number): Uint8Array {
  const found = sections.find(section => section.id === id);
  if (found === undefined) throw new WasmError(`there is no section ${id}`);
  return found.body;
}

function contentOf(sized: Uint8Array): Uint8Array {
  const reader = new WasmReader(sized);
  return reader.take(reader.u32());
}

const CALL = [OP.call, ...unsigned(FUNCTION.str2num)];
/** Takes both arguments and answers 0. */
const NO_NUMBER = [OP.drop, OP.drop, OP.i32Const, 0];

function withoutCalls(body: Uint8Array): { readonly body: Uint8Array; readonly count: number } | null {
  const reader = new WasmReader(body);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    reader.byte();
  }
  const writer = new WasmWriter().raw(body.subarray(0, reader.at));
  let count = 0;
  while (!reader.isAtEnd) {
    const start = reader.at;
    const op = reader.byte();
    skipImmediates(reader, op, op === OP.extended ? reader.u32() : 0);
    const plain = body.subarray(start, reader.at);
    if (Buffer.compare(plain, Uint8Array.from(CALL)) === 0) {
      writer.raw(NO_NUMBER);
      count++;
    } else writer.raw(plain);
  }
  return count === 0 ? null : { body: writer.finish(), count };
}
