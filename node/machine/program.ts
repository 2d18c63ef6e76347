/** The program of the machine: QuickJS with its meter, and the code around the author's. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { metered } from '../../consensus/wasm/meter.ts';
import { MACHINE_HASHES, MACHINE_LIMITS, MACHINE_VERSION } from './limits.ts';

export interface MachineProgram {
  readonly wasm: WebAssembly.Module;
  readonly guest: string;
}

export const engineFile = (): string => createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');
/** Beside this file as beside the bundle. */
export const guestFile = (): URL => new URL('./guest.js', import.meta.url);

/** Throws where a file is another than this version of the machine is made of. */
export function loadProgram(file = engineFile()): MachineProgram {
  const engine = readFileSync(file);
  requireHash('engine', engine);
  const program = metered(engine, MACHINE_LIMITS);
  requireHash('metered', program);
  const guest = readFileSync(guestFile());
  requireHash('guest', guest);
  return { wasm: new WebAssembly.Module(program), guest: guest.toString('utf8') };
}

function requireHash(part: keyof typeof MACHINE_HASHES, bytes: Uint8Array): void {
  const found = sha256Of(bytes);
  if (found !== MACHINE_HASHES[part])
    throw new Error(
      `${part} of machine ${MACHINE_VERSION} has sha256 ${found}, and must have ${MACHINE_HASHES[part]}: ` +
        'install the version of devnet again',
    );
}

export const sha256Of = (bytes: Uint8Array): string =>
  `0x${createHash('sha256').update(bytes).digest('hex')}`;
