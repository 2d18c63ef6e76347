import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CliError, EXIT } from '../errors.ts';

/** `.devnet/run.json`: how programs find a running devnet. Written whole, when it is ready; removed when it stops. */
const RunFile = z.object({
  chainId: z.string(),
  /** Process id of the supervisor. */
  pid: z.number(),
  rpc: z.string(),
  ws: z.string(),
  dashboard: z.string(),
  nodes: z.array(
    z.object({
      index: z.number(),
      pid: z.number(),
      rpc: z.string(),
      peerId: z.string(),
      validator: z.string().nullable(),
      log: z.string(),
    }),
  ),
  accounts: z.array(z.object({ name: z.string(), address: z.string(), uri: z.string() })),
});
export type RunFile = z.infer<typeof RunFile>;

export const runFilePath = (directory: string): string => join(directory, 'run.json');

export function writeRunFile(directory: string, run: RunFile): void {
  writeAtomic(runFilePath(directory), `${JSON.stringify(run, null, 2)}\n`);
}

export const removeRunFile = (directory: string): void => rmSync(runFilePath(directory), { force: true });

/** The running devnet of a directory. */
export function readRunFile(directory: string): RunFile {
  const file = runFilePath(directory);
  if (!existsSync(file))
    throw new CliError(
      'NOT_RUNNING',
      `no devnet runs in ${resolve(directory)}`,
      'start one with devnet up, or name the directory of another with --dir',
      EXIT.notReady,
    );
  const parsed = RunFile.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new CliError(
    'BAD_RUN_FILE',
    `${file} is not what devnet up writes`,
    'stop the devnet and start it again',
  );
}

/** Throws BAD_FILE with the place for text that is not JSON. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(
      'BAD_FILE',
      `${file}: ${error.message}`,
      'it was edited by hand or cut short; start anew with devnet up --reset',
    );
  }
}

/** Readers see the old file or the new one, never a part. */
export function writeAtomic(file: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(join(file, '..'), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}
