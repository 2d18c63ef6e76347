import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { RpcError } from '../../node/client/index.ts';
import type { Log } from '../../node/ordering/types.ts';
import { type Rpc, type RpcOptions, startRpc } from '../../node/rpc/index.ts';
import { createFakeNode, type FakeNode } from './fakeNode.ts';

export interface Served {
  readonly node: FakeNode;
  readonly rpc: Rpc;
  /** What was logged as an error: stays empty unless a test says otherwise. */
  readonly defects: unknown[];
}

export async function serve(
  options: Partial<RpcOptions> = {},
  node: FakeNode = createFakeNode(),
): Promise<Served> {
  const defects: unknown[] = [];
  const rpc = await startRpc(node, { host: '127.0.0.1', port: 0, log: logInto(defects), ...options });
  return { node, rpc, defects };
}

export const logInto = (errors: unknown[]): Log => ({
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: fields => errors.push(fields),
});

export interface Posted {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Posted> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** One request by name; the whole response. */
export async function ask(url: string, method: string, params?: unknown, headers = {}) {
  const { text } = await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), headers);
  return JSON.parse(text) as { result?: unknown; error?: { code: number; message: string; data: Fault } };
}
export interface Fault {
  readonly name: string;
  readonly hint: string;
  readonly [field: string]: unknown;
}

/** Sends bytes as they are and answers everything that came back until the server closed. */
export function raw(port: number, bytes: string | Buffer, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('error', reject);
  });
}

export interface Line {
  readonly socket: WebSocket;
  /** The next message; they are kept until asked for. */
  next(): Promise<string>;
  ask(method: string, params?: unknown): Promise<{ result?: unknown; error?: { code: number; data: Fault } }>;
  close(): void;
}

export async function line(
  url: string,
  options: ConstructorParameters<typeof WebSocket>[2] = {},
): Promise<Line> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  const kept: string[] = [];
  const wanted: ((text: string) => void)[] = [];
  socket.on('message', data => {
    const text = data.toString();
    const take = wanted.shift();
    if (take === undefined) kept.push(text);
    else take(text);
  });
  await once(socket, 'open');
  const next = () => {
    const text = kept.shift();
    return text === undefined ? new Promise<string>(resolve => wanted.push(resolve)) : Promise.resolve(text);
  };
  return {
    socket,
    next,
    async ask(method, params) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
      return JSON.parse(await next());
    },
    close: () => socket.terminate(),
  };
}

/** The named error, with a hint. */
export const rejectsWith = (promise: Promise<unknown>, name: string) =>
  assert.rejects(promise, (error: RpcError) => {
    assert.equal(error.name, name, error.message);
    assert.ok(error.hint.length > 0);
    return true;
  });
