/** The program of the machine as it is part of a chain, and its compiled form, of which a process needs one. */
import { hash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { PROGRAM } from './program.ts';

/**
 * Of the machine with all that decides about outcomes: program, allocator, prelude, layout, and what is refused before code
 * runs. A chain that uses it names both, and a change of any makes another version.
 */
export const LUA_VERSION = 1;
/** sha256 of the program, `program.ts` unpacked. */
export const LUA_HASH = '0x28b9534a354c5f3b14a2258e6cba77c180207a7e9b4c73d3d64fa5a158757776';

let module: WebAssembly.Module | undefined;

/** Throws where the program is another than {@link LUA_HASH} says. */
export function compiled(): WebAssembly.Module {
  if (module !== undefined) return module;
  const program = brotliDecompressSync(Buffer.from(PROGRAM, 'base64'));
  const found = `0x${hash('sha256', program, 'hex')}`;
  if (found !== LUA_HASH)
    throw new Error(
      `the program of Lua ${LUA_VERSION} has sha256 ${found}, and must have ${LUA_HASH}: install the version of devnet again`,
    );
  module = new WebAssembly.Module(program);
  return module;
}
