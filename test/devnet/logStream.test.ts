/** The logs of the nodes as a stream: what was there, what comes, for whom, and what a slow reader misses. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createLogStreams } from '../../devnet/supervisor/logStream.ts';
import { createTail, type Tail } from '../../devnet/supervisor/tail.ts';
import { fakeControl } from './fakeControl.ts';

interface Event {
  readonly name: string;
  readonly data: { readonly node?: number; readonly line?: string; readonly dropped?: number };
}

/** As a browser reads it. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const [, name = ''] = /^event: (.*)$/m.exec(part) ?? [];
      const [, data = ''] = /^data: (.*)$/m.exec(part) ?? [];
      yield { name, data: JSON.parse(data) as Event['data'] };
    }
  }
}

describe('the stream of logs', () => {
  let directory: string;
  let server: Server;
  let url: string;
  const { control, status } = fakeControl();
  let nodes = 1;
  const log = (node: number): string => join(directory, `${node}.log`);
  const looked = new EventEmitter();
  /** Resolves at the beginning of the so manieth look at the files from now. */
  async function looks(count: number): Promise<void> {
    for (let done = 0; done < count; done++) await once(looked, 'look');
  }

  beforeEach(async () => {
    nodes = 1;
    directory = mkdtempSync(join(tmpdir(), 'devnet-logs-'));
    const streams = createLogStreams({
      ...control,
      list() {
        looked.emit('look');
        return Array.from({ length: nodes }, (_, index) => ({ ...status, index, log: log(index) }));
      },
    });
    server = createServer((incoming, outgoing) => streams.answer(incoming, outgoing)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/logs`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(done => server.close(done));
    rmSync(directory, { recursive: true, force: true });
  });

  it('begins with what has happened, goes on with what comes, and finds nodes that are added', async () => {
    writeFileSync(log(0), 'one\ntwo\nthr');
    const events = eventsOf(await fetch(url));
    const next = async (): Promise<unknown> => (await events.next()).value?.data;
    assert.deepEqual(await next(), { node: 0, line: 'one' });
    assert.deepEqual(await next(), { node: 0, line: 'two' });
    appendFileSync(log(0), 'ee\n');
    assert.deepEqual(await next(), { node: 0, line: 'three' });
    nodes = 2;
    writeFileSync(log(1), '{"msg":"I am new"}\n');
    assert.deepEqual(await next(), { node: 1, line: '{"msg":"I am new"}' });
    // A file that is shorter was begun anew.
    writeFileSync(log(0), 'again\n');
    assert.deepEqual(await next(), { node: 0, line: 'again' });
  });

  it('tells a slow reader how many lines it missed, and goes on', async () => {
    writeFileSync(log(0), '');
    const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
    let text = '';
    let pieces = 0;
    socket.on('data', (part: string) => {
      pieces += 1;
      text += part;
    });
    socket.write('GET /logs HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    await once(socket, 'data');
    await looks(2);
    socket.pause();
    // More than all buffers on the way take.
    const lines = 4_000;
    appendFileSync(log(0), `${'x'.repeat(8_000)}\n`.repeat(lines));
    // The second look from now begins when one that saw all of it is over.
    await looks(2);
    socket.resume();
    while (!/"dropped":\d+\}/.test(text)) await once(socket, 'data');
    const dropped = Number(/"dropped":(\d+)\}/.exec(text)?.[1]);
    assert.equal(text.split('"line":"xxx').length - 1 + dropped, lines, 'each line was told or counted');
    assert.ok(dropped > 0 && pieces > 1);
    appendFileSync(log(0), 'after the gap\n');
    while (!text.includes('after the gap')) await once(socket, 'data');
    socket.destroy();
  });

  it('is for programs and pages of this origin', async () => {
    const status = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        get(url, { headers, method: 'HEAD' }, ({ statusCode = 0 }) => resolve(statusCode)).on(
          'error',
          reject,
        );
      });
    for (const [headers, expected] of [
      [{}, 200],
      [{ origin: 'https://evil.example' }, 403],
      [{ host: 'evil.example' }, 403],
      [{ 'sec-fetch-site': 'same-origin' }, 200],
      [{ 'sec-fetch-site': 'none' }, 200],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
    ] as const)
      assert.equal(await status(headers), expected, JSON.stringify(headers));
  });

  it('has so many readers and no more, and room again when one leaves', async () => {
    const open = await Promise.all(
      Array.from({ length: 32 }, async () => {
        const leave = new AbortController();
        return { response: await fetch(url, { signal: leave.signal }), leave };
      }),
    );
    assert.ok(open.every(({ response }) => response.status === 200));
    assert.equal((await fetch(url)).status, 503);
    open[0]?.leave.abort();
    while ((await fetch(url, { method: 'HEAD' })).status !== 200);
    for (const { leave } of open) leave.abort();
  });
});

describe('the tail of a file', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'devnet-tail-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  const all = async (tail: Tail): Promise<string[]> => {
    const lines: string[] = [];
    for await (const some of tail.read()) lines.push(...some);
    return lines;
  };

  it('gives each line once and whole, wherever the writer was cut short', async () => {
    const file = join(directory, 'pieces.log');
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '𝄞', '\n') }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(), async (texts, seed) => {
        writeFileSync(file, '');
        const tail = createTail(file, 1_000);
        const whole = Buffer.from(texts.join(''));
        const seen: string[] = await all(tail);
        for (let at = 0, size = 1 + (seed % 5); at < whole.length; at += size) {
          appendFileSync(file, whole.subarray(at, at + size));
          seen.push(...(await all(tail)));
        }
        assert.deepEqual(seen, whole.toString().split('\n').slice(0, -1));
      }),
      { numRuns: 50 },
    );
  });

  it('begins near the end, with a whole line, and cuts what has no end', async () => {
    const file = join(directory, 'long.log');
    assert.deepEqual(await all(createTail(file, 10)), [], 'no file is no error');
    writeFileSync(file, 'first\nsecond\nthird\n');
    assert.deepEqual(await all(createTail(file, 10)), ['third']);
    assert.deepEqual(await all(createTail(file, 1_000)), ['first', 'second', 'third']);
    writeFileSync(file, `${'y'.repeat(40_000)}\n`);
    const lines = await all(createTail(file, 100_000));
    assert.deepEqual(
      lines.map(({ length }) => length),
      [16_384, 16_384, 7_232],
    );
  });
});
