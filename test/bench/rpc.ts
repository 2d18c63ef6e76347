import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { freshDirectory, removeDirectory, up } from '../e2e/support.ts';
import type { Figure } from './report.ts';

const ROUNDS = 3;
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));

/** `account_get` over 32 connections against a bare node:http server, in turn, from one load generator of its own process. */
export async function rpc(): Promise<Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory, '--nodes', '1', '--block-time', 'manual');
  const bare = await bareServer();
  try {
    const address = devnet.accounts[0]?.address ?? '';
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'account_get', params: { address } });
    const node = devnet.nodes[0]?.rpc ?? '';
    let [served, reference] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      served += await load(node, body);
      reference += await load(bare.url, body);
    }
    return [
      { name: 'account_get a second', value: `${Math.round(served / ROUNDS)}`, aim: '' },
      { name: 'bare node:http a second, same run', value: `${Math.round(reference / ROUNDS)}`, aim: '' },
      { name: 'ratio', value: (served / reference).toFixed(2), aim: '0.75' },
    ];
  } finally {
    bare.close();
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}

/** The ceiling: reads the body, parses it, answers a constant of the same size. */
async function bareServer(): Promise<{ url: string; close(): void }> {
  const reply = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    result: {
      address: 'x'.repeat(48),
      nonce: 0,
      nextNonce: 0,
      free: '10000000000000',
      staked: '0',
      thawing: '0',
      reserved: '0',
    },
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'));
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': reply.length })
        .end(reply);
    });
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => void server.close() };
}

function load(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(LOAD, [url, body]);
    child.once('message', rate => resolve(Number(rate)));
    child.once('exit', code =>
      code === 0 ? undefined : reject(new Error(`the load generator left with ${code}`)),
    );
  });
}
