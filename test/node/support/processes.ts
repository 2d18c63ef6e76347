/** A node as a real process, as `devnet up` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Genesis } from '../../../chain/index.ts';
import { encode, toHex } from '../../../consensus/interface/index.ts';
import type { NodeMessage, NodeOptions } from '../../../node/options.ts';
import { AUTHORITY, testGenesis, validatorUri } from './cluster.ts';

const ENTRY = fileURLToPath(new URL('../../../node/main.ts', import.meta.url));

export interface NodeProcess {
  readonly child: ChildProcess;
  /** Rejects with what the process said, or how it ended. */
  readonly ready: Promise<Extract<NodeMessage, { kind: 'ready' }>>;
  readonly exited: Promise<number | null>;
  /** What it wrote. */
  output(): string;
}

export function startProcess(file: string): NodeProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', ENTRY, file], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ready = new Promise<Extract<NodeMessage, { kind: 'ready' }>>((resolve, reject) => {
    child.on('message', (message: NodeMessage) => {
      if (message.kind === 'ready') resolve(message);
      else if (message.kind === 'fatal')
        reject(Object.assign(new Error(message.message), { code: message.name, hint: message.hint }));
    });
    exited.then(code => reject(new Error(`exit ${code}: ${output}`)), reject);
  });
  ready.catch((error: unknown) => error);
  return { child, ready, exited, output: () => output };
}

/** Writes the options of a single validator into a directory; answers with their file. */
export async function writeOptions(directory: string, change: Partial<NodeOptions> = {}): Promise<string> {
  const options: NodeOptions = {
    name: 'node-0',
    dir: join(directory, 'node-0'),
    genesis: toHex(encode(Genesis, testGenesis())),
    validator: validatorUri(0),
    devAuthority: AUTHORITY,
    p2p: { seed: `0x${'01'.repeat(32)}`, host: '127.0.0.1', port: 0, peers: [] },
    rpc: { host: '127.0.0.1', port: 0 },
    blockMode: { kind: 'auto', emptyMs: 100 },
    logLevel: 'info',
    ...change,
  };
  const file = join(directory, 'options.json');
  await writeFile(file, JSON.stringify(options));
  return file;
}
