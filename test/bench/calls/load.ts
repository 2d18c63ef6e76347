/**
 * Callers, each with a connection and an ed25519 key of its own. Their calls are signed before the clock runs. Messages:
 * `rate` gives calls a second over 32 connections; `crowd` how many of as many callers at once were answered.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { fromAddress, joinSignature, signingBytes, toAddress } from '../../../chain/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import { encodeBlob, headerText } from '../../../module/index.ts';
import { CHAIN_ID } from '../../module/support/fakeChain.ts';
import { PARAMS, PRICE } from './shared.ts';

interface Order {
  readonly kind: 'rate' | 'crowd';
  readonly url: string;
  readonly server: string;
  readonly callers: number;
}

const CONNECTIONS = 32;
const WARM_UP_CALLS = 100;
const CALLS = 500;

interface Caller {
  readonly account: Account;
  readonly key: KeyObject;
}

function newCaller(): Caller {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return { account: `0x${raw.toString('hex')}`, key: privateKey };
}

const paramsHash = `0x${createHash('sha256').update(PARAMS).digest('hex')}` as const;

function requestOf(caller: Caller, server: string, fn: string, nonce: number): Buffer {
  const text = headerText({
    chain: CHAIN_ID,
    server: fromAddress(server),
    client: caller.account,
    fn,
    paramsHash,
    time: Date.now(),
    epoch: 5,
    nonce,
    maxUsage: PRICE,
    tally: null,
  });
  const signature = joinSignature(
    'ed25519',
    sign(null, signingBytes('header', Buffer.from(text)), caller.key),
  );
  return Buffer.from(
    `POST /${fn} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `content-length: ${PARAMS.length}\r\nmodule-auth: ${encodeBlob({ text, signature })}\r\n\r\n${PARAMS}`,
  );
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket)).once('error', reject);
  });
}

/** Sends requests one after another and resolves when all are answered. */
function talk(socket: Socket, requests: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let buffered = '';
    const send = (): void => {
      const request = requests[next++];
      if (request === undefined) {
        socket.off('data', take);
        resolve();
      } else socket.write(request);
    };
    function take(chunk: Buffer): void {
      buffered += chunk.toString('latin1');
      const head = buffered.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1]);
      if (head < 0 || buffered.length < head + 4 + length) return;
      if (buffered.startsWith('HTTP/1.1 200')) send();
      else reject(new Error(buffered.slice(0, 600)));
      buffered = '';
    }
    socket.on('data', take).once('error', reject);
    send();
  });
}

async function rate({ url, server }: Order): Promise<{ rate: number; calls: number }> {
  const signed = Array.from({ length: CONNECTIONS }, () => {
    const caller = newCaller();
    return Array.from({ length: WARM_UP_CALLS + CALLS }, (_, index) =>
      requestOf(caller, server, 'echo', index + 1),
    );
  });
  const lanes = await Promise.all(signed.map(async requests => ({ socket: await open(url), requests })));
  await Promise.all(lanes.map(({ socket, requests }) => talk(socket, requests.slice(0, WARM_UP_CALLS))));
  const start = performance.now();
  await Promise.all(lanes.map(({ socket, requests }) => talk(socket, requests.slice(WARM_UP_CALLS))));
  const seconds = (performance.now() - start) / 1000;
  for (const { socket } of lanes) socket.destroy();
  return { rate: (CONNECTIONS * CALLS) / seconds, calls: CONNECTIONS * (WARM_UP_CALLS + CALLS) };
}

async function crowd({ url, server, callers }: Order): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: callers }, async () => {
      const request = requestOf(newCaller(), server, 'wait', 1);
      const socket = await open(url);
      await talk(socket, [request]);
      socket.destroy();
    }),
  );
  return answers.length;
}

process.on('message', async (order: Order) => {
  process.send?.(await (order.kind === 'rate' ? rate(order) : crowd(order)));
});
process.on('disconnect', () => process.exit());
process.send?.({ url: '', address: toAddress(newCaller().account) });
