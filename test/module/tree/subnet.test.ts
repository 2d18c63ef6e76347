import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSubnet, type Json, type SubnetOptions } from '../../../module/index.ts';
import { cleanUp, directory } from '../support/setup.ts';
import { PRICE, plant, type Tree, worker } from './support.ts';

/** Good is what is long. */
const byLength = (answer: Json): number => String(answer).length * 1_000;

async function subnet(
  tree: Tree,
  children: Readonly<Record<string, () => unknown>>,
  options: Partial<SubnetOptions> = {},
  dir?: string,
) {
  for (const [name, run] of Object.entries(children)) await tree.serve(name, worker(name, run));
  const made = createSubnet({ score: byLength, seed: 1, ...options });
  const parent = await tree.serve(
    'lab',
    { work: made.serve({ price: PRICE }) },
    dir === undefined ? {} : { dir },
  );
  tree.link(...Object.keys(children).map(name => ['lab', name, 'subnet'] as const));
  for (const name of Object.keys(children)) await tree.log.heard('a child has come', name);
  return { made, parent };
}

const say = (text: string) => () => text;

describe('subnets', () => {
  afterEach(cleanUp);

  it('give the best of the answers, and cost the caller one call however many are asked', async () => {
    const tree = plant();
    const { made, parent } = await subnet(tree, { a: say('aa'), b: say('bbbbb'), c: say('ccc') }, { ask: 3 });
    const caller = await tree.client();
    for (let call = 0; call < 5; call++) {
      const { result, cost } = await caller.call('lab', 'work');
      assert.deepEqual([result, cost], ['bbbbb', PRICE]);
    }
    assert.equal(parent.status().unsettled, 5n * PRICE);
    assert.deepEqual(
      made.scores().map(({ alias, calls }) => [alias, calls]),
      [
        ['a', 5],
        ['b', 5],
        ['c', 5],
      ],
    );
    const [a, b, c] = made.scores().map(({ points }) => points);
    assert.ok((b ?? 0) > (c ?? 0) && (c ?? 0) > (a ?? 0) && (a ?? 0) > 0);
  });

  it('shift their traffic to the better child, and leave the other one a chance', async () => {
    const tree = plant();
    const asked = { a: 0, b: 0 };
    let a = 'a';
    const children = {
      a: () => {
        asked.a++;
        return a;
      },
      b: () => {
        asked.b++;
        return 'bbbbbbbbb';
      },
    };
    const { made } = await subnet(tree, children, { ask: 1, halfLifeCalls: 4, floorBps: 1_000 });
    const caller = await tree.client();
    for (let call = 0; call < 40; call++) await caller.call('lab', 'work');
    assert.ok(asked.b > 25, `${asked.b} of 40 went to the better one`);
    assert.ok(asked.a > 0);
    // It gets better: the calls that it still gets are enough to prove that.
    a = 'aaaaaaaaaa';
    for (let call = 0; call < 80; call++) await caller.call('lab', 'work');
    const [points, other] = made.scores().map(each => each.points);
    assert.ok((points ?? 0) > 7_000, `${points} against ${other}`);
  });

  it('make the same choices for the same seed', async () => {
    const choices: string[] = [];
    for (const seed of [7, 7, 8]) {
      const tree = plant();
      await subnet(tree, { a: say('aa'), b: say('bb'), c: say('cc') }, { ask: 1, seed });
      const caller = await tree.client();
      let chosen = '';
      for (let call = 0; call < 12; call++) chosen += (await caller.call('lab', 'work')).result;
      choices.push(chosen);
      await cleanUp();
    }
    assert.equal(choices[0], choices[1]);
    assert.notEqual(choices[0], choices[2]);
  });

  it('keep their scores over a restart', async () => {
    const tree = plant();
    const dir = await directory();
    const { made, parent } = await subnet(tree, { a: say('aaaa'), b: say('b') }, {}, dir);
    const caller = await tree.client();
    for (let call = 0; call < 5; call++) await caller.call('lab', 'work');
    const before = made.scores();
    await parent.stop();
    const again = createSubnet({ score: byLength });
    await tree.serve('lab', { work: again.serve({ price: PRICE }) }, { dir });
    assert.deepEqual(again.scores(), before);
    assert.equal(before[0]?.calls, 5);
  });

  it('score a child that is dead, slow or silly, and answer without it', async () => {
    const tree = plant();
    const slow = () => sleep(60_000, 'much too late', { ref: false });
    const silly = () => ({ length: 'a million' });
    const children = { good: say('good'), slow, silly };
    const score = (answer: Json): number => {
      // What a careless author writes: it throws, or is no number, for what it does not expect.
      if (answer === null) throw new TypeError('cannot read length of null');
      return (answer as string).length * 1_000;
    };
    const { made } = await subnet(tree, children, { ask: 3, patienceMs: 100, score });
    await tree.pretend('dead', (_, response) => response.destroy());
    tree.link(...['good', 'slow', 'silly', 'dead'].map(name => ['lab', name, 'subnet'] as const));
    await tree.log.heard('a child has come', 'dead');
    const caller = await tree.client();
    const isOut = () =>
      tree.log.told.some(({ text, fields }) => text === 'a child is down' && fields.child === 'dead');
    while (!isOut()) assert.equal((await caller.call('lab', 'work')).result, 'good');
    const points = Object.fromEntries(made.scores().map(each => [each.alias, each.points]));
    assert.ok((points.good ?? 0) > 300);
    assert.deepEqual({ ...points, good: 0 }, { good: 0, slow: 0, silly: 0, dead: 0 });
    await tree.log.heard('no score: it is a whole number up to 10,000', 'silly');
  });

  it('charge nothing where no answer is of use, nobody is there, or all refuse the request', async () => {
    const tree = plant();
    const refuse = () => {
      throw new Error('not today');
    };
    const { made, parent } = await subnet(tree, { a: say(''), b: say('') });
    const caller = await tree.client();
    await assert.rejects(caller.call('lab', 'work'), { name: 'NO_CHILDREN', message: /of no use/ });
    tree.link();
    await tree.log.heard('a child has gone', 'b');
    await assert.rejects(caller.call('lab', 'work'), { name: 'NO_CHILDREN' });
    for (const name of ['c', 'd']) await tree.serve(name, worker(name, refuse));
    tree.link(['lab', 'c', 'subnet'], ['lab', 'd', 'subnet']);
    await tree.log.heard('a child has come', 'd');
    await assert.rejects(caller.call('lab', 'work'), { name: 'FUNCTION_FAILED', message: 'not today' });
    assert.equal(parent.status().unsettled, 0n);
    // What may have been the request's fault was not held against them.
    assert.deepEqual(
      made.scores().map(({ calls }) => calls),
      [0, 0],
    );
  });

  it('are refused where they cannot work', () => {
    assert.throws(() => createSubnet({ score: () => 0, ask: 0 }), RangeError);
    assert.throws(() => createSubnet({ score: () => 0, halfLifeCalls: 0.5 }), RangeError);
    assert.throws(() => createSubnet({ score: () => 0, name: '../elsewhere' }), RangeError);
  });
});
