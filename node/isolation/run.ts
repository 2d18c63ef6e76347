/** Small programs of the operating system, run to their end. */
import { execFile } from 'node:child_process';

export interface Ran {
  readonly ok: boolean;
  /** What it wrote, or why it could not be run. */
  readonly said: string;
}

/** Never throws: that a program is missing is an answer. */
export function run(file: string, args: readonly string[], ms: number): Promise<Ran> {
  return new Promise(resolve => {
    execFile(file, args, { timeout: ms, killSignal: 'SIGKILL', encoding: 'utf8' }, (error, out, errors) => {
      const said = `${out}${errors}`.trim();
      if (error === null) resolve({ ok: true, said });
      else if (error.code === 'ENOENT') resolve({ ok: false, said: `${file} is not installed` });
      else resolve({ ok: false, said: said.split('\n')[0] || error.message });
    });
  });
}
