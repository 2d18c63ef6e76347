/** Each deliberately wrong module is caught by the right check, with the input that it takes. */
import assert from 'node:assert/strict';
import type { Subject } from '../../../consensus/compliance/index.ts';
import {
  type ConsensusModule,
  decode,
  encode,
  fail,
  INTERFACE_VERSION,
  method,
  ok,
  query,
  struct,
  u32,
  u64,
} from '../../../consensus/interface/index.ts';
import { derivedParams, derivedSamples } from '../../../devnet/check/derive.ts';
import type { Row } from '../../../devnet/check/protocol.ts';
import { shrink } from '../../../devnet/check/shrink.ts';
import type { Loaded } from '../../../devnet/check/subject.ts';
import { createSuite } from '../../../devnet/check/suite.ts';
import { badModules, goodSubject } from '../../consensus/bad-modules.ts';
import { ROOT } from '../../tidy/sources.ts';

const given = (subject: Subject): Loaded => ({
  ...subject,
  given: new Set(subject.samples.map(({ name }) => name)),
});
const derived = (module: ConsensusModule): Loaded => ({
  module,
  params: derivedParams(module)?.params,
  samples: derivedSamples(module),
  given: new Set(),
});

async function rowsOf(loaded: Loaded, previous: Loaded | null = null): Promise<readonly Row[]> {
  const suite = createSuite({ loaded, previous, manifest: null, note: () => undefined, root: ROOT });
  const rows: Row[] = [];
  for (const index of suite.names.keys()) rows.push(await suite.run(index));
  return rows;
}
const failures = (rows: readonly Row[]): readonly Row[] => rows.filter(({ status }) => status === 'failed');

describe('the checks of devnet plugin check', () => {
  it('pass a small honest module, with and without samples of its author', async () => {
    assert.deepEqual(failures(await rowsOf(given(goodSubject))), []);
    const rows = await rowsOf(derived(goodSubject.module));
    assert.deepEqual(failures(rows), []);
    assert.ok(
      rows.some(({ name, status }) => name === 'has a sample for each method' && status === 'skipped'),
    );
  });

  for (const [code, what, bad] of badModules)
    it(`catch a module that ${what}`, async () => {
      const found = failures(await rowsOf(given(bad))).filter(row => row.code === code);
      assert.ok(found.length > 0);
      for (const { input, reason } of found) {
        assert.ok(reason !== null && !reason.startsWith(code), `${reason}`);
        // What is wrong about the module as a whole, or about the end of an epoch, takes no call.
        const calls = input.filter(line => line.startsWith('pay('));
        assert.ok(calls.length <= 2, input.join('\n'));
        if (!['BAD_INFO', 'ENDLESS', 'BAD_WEIGHT'].includes(code))
          assert.ok(calls.length > 0, `${code}: no input`);
      }
    });

  it('shrink what they find to the smallest call, and name the line', async () => {
    const [row] = failures(await rowsOf(derived(counter({ crashAbove: 200 }))));
    assert.ok(row);
    assert.equal(row.code, 'THROWS');
    assert.match(row.at ?? '', /^test\/devnet\/check\/suite\.test\.ts:\d+:\d+$/);
    assert.equal(row.input.length, 1);
    assert.match(row.input[0] ?? '', /^add\(\{ by: 201 \}\) by 0x/);
  });

  it('catch a module that takes far longer than it weighs', async () => {
    const loaded = derived(counter({ burnMilliseconds: 30 }));
    const suite = createSuite({ loaded, previous: null, manifest: null, note: () => undefined, root: ROOT });
    const row = await suite.run(suite.names.indexOf('takes about as long as it weighs'));
    assert.equal(row.code, 'BAD_WEIGHT');
    assert.match(row.reason ?? '', /add weighs 50 and takes \d+ microseconds/);
  }).timeout(120_000);

  it('name what the manifest says otherwise', async () => {
    const manifest = { name: 'counter', version: '2.0.0', capabilities: ['mint'] };
    const loaded = derived(counter({}));
    const suite = createSuite({ loaded, previous: null, manifest, note: () => undefined, root: ROOT });
    const row = await suite.run(0);
    assert.equal(row.code, 'BAD_INFO');
    assert.match(
      row.reason ?? '',
      /^version: 2\.0\.0 in .* 1\.0\.0 in the code; capabilities: \[mint\] in .*\[\] in/,
    );
  });
});

describe('the check of a new version', () => {
  const before = derived(counter({}));
  const migration = async (next: ConsensusModule): Promise<Row> => {
    const loaded = derived(next);
    const suite = createSuite({
      loaded,
      previous: before,
      manifest: null,
      note: () => undefined,
      root: ROOT,
    });
    return suite.run(suite.names.indexOf('takes over the storage of the version before'));
  };
  const upgrade = (migrate?: ConsensusModule['migrate'], stateVersion = 2): ConsensusModule => {
    const next = counter({});
    return {
      ...next,
      info: { ...next.info, version: '2.0.0', stateVersion },
      ...(migrate === undefined ? {} : { migrate }),
    };
  };

  it('passes one that carries on', async () => {
    assert.equal((await migration(upgrade(() => ok()))).status, 'passed');
    assert.equal((await migration(upgrade(undefined, 1))).status, 'passed');
  });

  let runs = 0;
  const wrong: readonly (readonly [what: string, code: string, ConsensusModule])[] = [
    ['has no migrate', 'UNEXPECTED', upgrade()],
    ['goes back to an older layout', 'BAD_INFO', upgrade(undefined, 0)],
    ['keeps its version', 'BAD_INFO', { ...upgrade(), info: counter({}).info }],
    ['refuses the old storage', 'UNEXPECTED', upgrade(() => fail('NO', 'not mine'))],
    ['crashes on it', 'THROWS', upgrade(() => decode(u64, new Uint8Array()) as never)],
    ['pays what it does not have', 'NOT_CONSERVED', upgrade(() => ok([{ op: 'burn', amount: 1n << 60n }]))],
    [
      'is not the same twice',
      'NOT_DETERMINISTIC',
      upgrade(() => ok([{ op: 'put', key: Uint8Array.of(2), value: encode(u32, ++runs) }])),
    ],
    [
      'leaves storage that its queries cannot read',
      'THROWS',
      upgrade(() => ok([{ op: 'put', key: KEY, value: Uint8Array.of(0xff) }])),
    ],
  ];
  for (const [what, code, next] of wrong)
    it(`catches one that ${what}`, async () => {
      const row = await migration(next);
      assert.equal(row.code, code, `${row.reason}`);
    });
});

describe('shrinking', () => {
  it('ends with the fewest steps and the smallest values that still break the rule', async () => {
    const module = counter({});
    const [sample] = derivedSamples(module);
    assert.ok(sample);
    // Broken by any two additions that come to more than 100.
    const shrunk = await shrink(sample, module, async ({ steps }) => {
      const adds = steps.flatMap(step => (step.kind === 'call' ? [(step.args as { by: number }).by] : []));
      return adds.length >= 2 && adds.reduce((sum, by) => sum + by, 0) > 100;
    });
    assert.deepEqual(
      shrunk.steps.map(step => (step.kind === 'call' ? [step.args, step.value] : step.kind)).sort(),
      [
        [{ by: 0 }, 0n],
        [{ by: 101 }, 0n],
      ],
    );
  });
});

interface Fault {
  readonly crashAbove?: number;
  /** About: a hundred thousand turns of a loop each. */
  readonly burnMilliseconds?: number;
}

const KEY = Uint8Array.of(1);

/** Adds up what it is told, and what it is given. */
function counter({ crashAbove = Number.POSITIVE_INFINITY, burnMilliseconds = 0 }: Fault): ConsensusModule {
  const Add = struct({ by: u32 });
  const total = (row: Uint8Array | undefined): bigint => (row === undefined ? 0n : decode(u64, row));
  return {
    info: {
      name: 'counter',
      version: '1.0.0',
      interfaceVersion: INTERFACE_VERSION,
      stateVersion: 1,
      requires: [],
    },
    params: struct({}),
    genesis: () => ok(),
    calls: {
      add: method<{ readonly by: number }>({
        description: 'Adds.',
        codec: Add,
        weight: () => 50,
        apply(_block, view, { args: { by } }) {
          if (by > crashAbove) throw new RangeError('too much');
          let heat = 0;
          for (let left = burnMilliseconds * 100_000; left > 0; left--) heat += Math.sqrt(left);
          if (heat < 0) return fail('COLD', 'never');
          return ok([{ op: 'put', key: KEY, value: encode(u64, total(view.get(KEY)) + BigInt(by)) }]);
        },
      }),
    },
    queries: {
      total: query({
        description: 'The sum.',
        codec: struct({}),
        result: u64,
        run: view => total(view.get(KEY)),
      }),
    },
  };
}
