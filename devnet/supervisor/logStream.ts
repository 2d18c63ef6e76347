/**
 * `GET /logs`: the logs of the nodes as server-sent events (HTML standard, 9.2), for pages of this origin and for `curl -N`.
 *
 *     data: {"node":0,"line":"{\"level\":30,...}"}
 *
 *     event: lag
 *     data: {"dropped":12}
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerOf } from '../../node/rpc/origin.ts';
import type { Control } from './control.ts';
import { createTail, type Tail } from './tail.ts';

/** How often the files are looked at. A watcher of the system would miss nodes that are yet to come. */
const EVERY_MS = 200;
/** What has happened before somebody listens, of each node. */
const FIRST_BYTES = 64 * 1024;
const MOST_STREAMS = 32;
/** Waiting for a reader; lines beyond are dropped and counted. */
const QUEUED_BYTES = 1024 * 1024;

export interface LogStreams {
  answer(incoming: IncomingMessage, outgoing: ServerResponse): void;
}

export function createLogStreams(control: Pick<Control, 'list'>): LogStreams {
  let open = 0;
  return {
    answer(incoming, outgoing) {
      const refusal = refusalOf(incoming, open);
      if (refusal !== null) return void outgoing.writeHead(refusal.status).end(`${refusal.text}\n`);
      open += 1;
      outgoing.on('close', () => {
        open -= 1;
      });
      outgoing.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      });
      outgoing.flushHeaders();
      if (incoming.method === 'HEAD') outgoing.end();
      else stream(outgoing, control);
    },
  };
}

/** Pages send no Origin with a GET of their own origin, nor with an image of another: a browser tells those two apart. */
function refusalOf(
  { headers }: IncomingMessage,
  open: number,
): { readonly status: number; readonly text: string } | null {
  const site = headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isForeign || !callerOf(headers, []).trusted)
    return { status: 403, text: 'the logs are for pages of this devnet' };
  return open < MOST_STREAMS ? null : { status: 503, text: `${MOST_STREAMS} others read the logs already` };
}

function stream(outgoing: ServerResponse, control: Pick<Control, 'list'>): void {
  const tails = new Map<number, Tail>();
  let dropped = 0;

  function send(event: object, name = ''): void {
    outgoing.write(`${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(event)}\n\n`);
  }
  const isFull = (): boolean => outgoing.writableLength > QUEUED_BYTES;

  function tell(node: number, line: string): void {
    if (outgoing.destroyed) return;
    if (isFull()) dropped += 1;
    else send({ node, line });
  }
  function tellLag(): void {
    if (dropped === 0 || isFull() || outgoing.destroyed) return;
    send({ dropped }, 'lag');
    dropped = 0;
  }

  async function look(): Promise<void> {
    tellLag();
    for (const { index, log } of control.list()) {
      const tail = tails.get(index) ?? createTail(log, FIRST_BYTES);
      tails.set(index, tail);
      for await (const lines of tail.read()) for (const line of lines) tell(index, line);
    }
  }

  async function follow(): Promise<void> {
    while (!outgoing.destroyed) {
      await look();
      await new Promise(done => setTimeout(done, EVERY_MS));
    }
  }
  follow().catch((error: Error) => outgoing.destroy(error));
}
