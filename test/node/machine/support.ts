/** Modules of this repository inside the metered machine. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type MachineModule, machineModule } from '../../../node/machine/code.ts';
import { loadProgram, type MachineProgram } from '../../../node/machine/program.ts';

let program: MachineProgram | undefined;
/** Loaded once for all tests of a process: it never changes. */
export const theProgram = (): MachineProgram => {
  program ??= loadProgram();
  return program;
};

/** One file, as `devnet plugin pack` makes it. */
export async function bundled(file: string, base: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, base))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    external: ['node:crypto'],
    target: 'es2023',
    // The only thing of Node that consensus-0 uses and the machine does not have.
    inject: [fileURLToPath(new URL('./buffer.ts', import.meta.url))],
  });
  return outputFiles[0]?.text ?? '';
}

export const inMachine = (
  code: string,
  exportName: string,
  print: (line: string) => void = () => undefined,
  workFuel?: number,
): MachineModule => machineModule({ ...theProgram(), code, exportName }, print, workFuel);
