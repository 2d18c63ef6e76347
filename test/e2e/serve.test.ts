/** `devnet serve` as an author uses it: a class with state, its traffic, a change of its price, and an orderly end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory, type Running, removeDirectory, type Session, up } from './support.ts';

const counter = (price: bigint): string => `
export default class Counter {
  static alias = 'counter';
  static description = 'Counts calls';
  static functions = { add: { price: ${price}n }, peek: { price: 0n }, fails: { price: ${price}n } };
  add(_, { state }) {
    state.update('n', n => (n ?? 0) + 1);
    return state.get('n');
  }
  peek(_, { state }) {
    return state.get('n');
  }
  fails() {
    throw new Error('no luck');
  }
}
`;
const PRICE = 1_000_000n;

interface Event {
  readonly event?: string;
  readonly level?: string;
  readonly message?: string;
  readonly counters?: { readonly answered: number; readonly failed: number; readonly refused: number };
  readonly functions?: {
    readonly [fn: string]: { readonly answered: number; readonly failed: object; readonly refused: object };
  };
  readonly unsettled?: string;
}

/** The next event for which this holds. */
async function eventWhere(session: Session, holds: (event: Event) => boolean): Promise<Event> {
  for (;;) {
    const event = JSON.parse(await session.line()) as Event;
    if (holds(event)) return event;
  }
}

describe('devnet serve', function () {
  this.timeout(120_000);
  let directory: string;
  let devnet: Running;

  before(async () => {
    directory = freshDirectory();
    devnet = await up(directory, '--nodes', '1', '--epoch-length', '1000000');
  });
  after(async () => {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  });

  it('registers a module, shows its traffic, tells of changes to its file, and stops in order', async () => {
    const file = join(directory, 'counter.mjs');
    writeFileSync(file, counter(PRICE));
    const session = devnet.start('--json', 'serve', file, '--from', 'bob');
    const ready = JSON.parse(await session.line()) as { ok: boolean; alias: string; url: string };
    assert.deepEqual([ready.ok, ready.alias], [true, 'counter']);
    await devnet.json('escrow', 'reserve', 'counter', '1', '--from', 'alice');

    assert.equal((await devnet.json<{ result: number }>('call', 'counter', 'add')).result, 1);
    assert.equal((await devnet.json<{ result: number }>('call', 'counter', 'add')).result, 2);
    assert.equal((await devnet.cli('--json', 'call', 'counter', 'fails')).code, 1);
    const broke = await devnet.cli('--json', 'call', 'counter', 'add', '--from', 'charlie');
    assert.match(broke.stdout, /INSUFFICIENT_RESERVE/);
    const seen = await eventWhere(session, ({ counters }) => (counters?.refused ?? 0) > 0);
    assert.deepEqual(seen.functions?.add, {
      answered: 2,
      earned: String(2n * PRICE),
      failed: {},
      refused: { INSUFFICIENT_RESERVE: 1 },
    });
    assert.deepEqual(seen.functions?.fails?.failed, { FUNCTION_FAILED: 1 });
    assert.equal(seen.unsettled, String(2n * PRICE));

    writeFileSync(file, counter(2n * PRICE));
    const told = await eventWhere(session, ({ message }) => message?.includes('changed') === true);
    assert.equal(told.level, 'warn');
    assert.equal((await devnet.json<{ result: number }>('call', 'counter', 'peek')).result, 2);
    assert.equal(await session.end('SIGTERM'), 0);
    assert.equal((await devnet.cli('call', 'counter', 'peek')).code, 3);
  });

  it('serves again with its state, at a new place and a new price, which holds from the next epoch on', async () => {
    const session = devnet.start('--json', 'serve', join(directory, 'counter.mjs'), '--from', 'bob');
    await session.line();
    const add = async () => devnet.json<{ result: number; cost: string }>('call', 'counter', 'add');
    assert.deepEqual(
      [await add()].map(({ result, cost }) => [result, cost]),
      [[3, String(PRICE)]],
    );
    await devnet.client.advanceEpoch({ epochs: 1 });
    assert.deepEqual(
      [await add()].map(({ result, cost }) => [result, cost]),
      [[4, String(2n * PRICE)]],
    );
    // What was called before the restart is claimed by the server that came after it.
    await devnet.client.advanceEpoch({ epochs: 1 });
    const settled = await eventWhere(session, ({ message }) => message === 'claimed');
    assert.equal(settled.level, 'info');
    assert.equal(await session.end('SIGTERM'), 0);
  });

  it('names what is wrong with a file', async () => {
    const file = join(directory, 'bad.mjs');
    const codes = [
      ['export const functions = {};', 'NO_MODULE'],
      ['export default { functions: { constructor: { price: 0n, run() {} } } };', 'DEFINITION_INVALID'],
      ['export default class { static functions = { missing: { price: 0n } } };', 'DEFINITION_INVALID'],
    ] as const;
    for (const [text, code] of codes) {
      writeFileSync(file, text);
      const { code: exit, stdout } = await devnet.cli('--json', 'serve', file, '--from', 'bob');
      assert.deepEqual([exit, JSON.parse(stdout).name], [1, code]);
    }
  });
});
