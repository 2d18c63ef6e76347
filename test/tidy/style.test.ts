import assert from 'node:assert/strict';
import { sources } from './sources.ts';

const product = sources(['chain', 'consensus', 'p2p', 'node', 'module', 'service', 'devnet', 'examples']);
const tests = sources(['test']);

/** What decides about blocks. */
const CRITICAL = [
  'chain/',
  'consensus/interface/',
  'consensus/consensus-0/',
  'consensus/lua/',
  'consensus/cells/',
];

/** Each rule with its reason. `where` narrows it to paths that start with one of these. */
const RULES: readonly {
  readonly name: string;
  readonly why: string;
  readonly where?: readonly string[];
  readonly except?: readonly string[];
  readonly pattern: RegExp;
}[] = [
  {
    name: 'no clock in consensus-critical code',
    why: 'two nodes would disagree',
    where: CRITICAL,
    pattern: /\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bsetTimeout\b|\bsetInterval\b/,
  },
  {
    name: 'no randomness in consensus-critical code',
    why: 'two nodes would disagree',
    where: CRITICAL,
    pattern: /\bMath\.random\b|\brandomBytes\b|\bgetRandomValues\b|\brandomUUID\b/,
  },
  {
    name: 'no async in the state machine',
    why: 'the order of effects must be the order of the code',
    where: ['chain/'],
    pattern: /\basync\b|\bawait\b|\bPromise\b/,
  },
  {
    name: 'no locale in consensus-critical code',
    why: 'the order of texts would depend on the machine',
    where: CRITICAL,
    pattern: /\blocaleCompare\b|\btoLocale\w+\b|\bIntl\./,
  },
  {
    name: 'nothing left open',
    why: 'what cannot be done yet fails with an error that says so',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
  },
  {
    name: 'no escape from the type checker',
    why: 'the types are the first test',
    pattern: /@ts-ignore|@ts-nocheck|\bas any\b/,
  },
  {
    name: 'no empty catch',
    why: 'an error that nobody sees is a defect',
    pattern: /catch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*(\{\s*\}|undefined|null)\)/,
  },
];

describe('style', () => {
  for (const rule of RULES)
    it(`${rule.name}: ${rule.why}`, () => {
      const wrong = product
        .filter(({ path }) => rule.where === undefined || rule.where.some(prefix => path.startsWith(prefix)))
        .filter(({ path }) => !(rule.except ?? []).includes(path))
        .flatMap(({ path, text }) =>
          text
            .split('\n')
            .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
            .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line) && rule.pattern.test(line))
            .map(({ line, at }) => `${at} ${line.trim()}`),
        );
      assert.deepEqual(wrong, []);
    });

  it('no file over 500 lines: nobody reads it whole', () => {
    const long = [...product, ...tests]
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > 500)
      .map(({ path, lines }) => `${path}: ${lines}`);
    assert.deepEqual(long, []);
  });

  it('the median file fits on two screens', () => {
    const lengths = product.map(({ text }) => text.split('\n').length - 1).sort((a, b) => a - b);
    const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
    assert.ok(median <= 110, `the median is ${median} lines`);
  });

  it('no test is switched off without a reason', () => {
    const wrong = tests
      .filter(({ path }) => path.endsWith('.test.ts'))
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, i) => (/\b(it|describe)\.(skip|only)\(/.test(line) ? [`${path}:${i + 1}`] : [])),
      );
    assert.deepEqual(wrong, []);
  });
});
