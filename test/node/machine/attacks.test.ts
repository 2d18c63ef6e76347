import assert from 'node:assert/strict';
import { createMachine, MachineError, MachineStop } from '../../../node/machine/instance.ts';
import { MACHINE_LIMITS } from '../../../node/machine/limits.ts';
import { theProgram } from './support.ts';

const FUEL = 10_000_000;

/** A machine whose `run` is this body, without the code around modules. */
const machineOf = (body: string, before = '') =>
  createMachine(
    theProgram().wasm,
    { prelude: `${before}; globalThis.run = (op, payload) => { ${body} };`, entry: '', sources: {} },
    MACHINE_LIMITS,
    () => new Uint8Array(),
  );
const run = (body: string, before = '', fuel = FUEL): string => {
  const machine = machineOf(body, before);
  return Buffer.from(machine.run(0, new Uint8Array(4), fuel, () => new Uint8Array())).toString('latin1');
};
const text = 'const text = value => new Uint8Array([...String(value)].map(c => c.charCodeAt(0)));';

/** What code does, and what stops it. */
const STOPS: readonly (readonly [what: string, body: string, code: string])[] = [
  ['a loop', 'for (;;);', 'OUT_OF_FUEL'],
  ['a loop that catches all', 'for (;;) { try { for (;;); } catch {} }', 'OUT_OF_FUEL'],
  [
    'a search through what has no end, inside the library',
    '[].indexOf.call({ length: 2 ** 53 - 1 }, 1); return payload;',
    'OUT_OF_FUEL',
  ],
  [
    'a search in a text, where the engine itself never looks up',
    '"a".repeat(60000).indexOf("a".repeat(30000) + "b"); return payload;',
    'OUT_OF_FUEL',
  ],
  ['a number without end', 'let n = 3n; for (;;) n *= n;', 'OUT_OF_FUEL|too large'],
  [
    'a pattern that tries everything',
    '/^(a|aa|aaa)+$/.test("a".repeat(60) + "b"); return payload;',
    'OUT_OF_FUEL',
  ],
  ['sorting without sense', '[...Array(1e5).keys()].sort(() => 1); return payload;', 'OUT_OF_FUEL'],
  ['copies of much memory', 'const a = new Uint8Array(4e6); for (;;) a.copyWithin(0, 1);', 'OUT_OF_FUEL'],
  ['promises', 'const again = () => Promise.resolve().then(again); again(); for (;;);', 'OUT_OF_FUEL'],
  ['a generator', 'function* g() { for (;;) yield 1; } for (const x of g()); return payload;', 'OUT_OF_FUEL'],
  ['arrays', 'const a = []; for (;;) a.push(new Array(1000).fill({}));', 'OUT_OF_MEMORY|OUT_OF_FUEL'],
  ['texts', 'let s = "x"; for (;;) s += s + s.length;', 'OUT_OF_MEMORY|string'],
  ['typed arrays', 'const a = []; for (;;) a.push(new Uint8Array(1e6));', 'OUT_OF_MEMORY'],
  ['one giant array', 'return new Uint8Array(2 ** 31);', 'OUT_OF_MEMORY|RangeError|length'],
  ['calls of itself', 'const f = () => f() + 1; f(); return payload;', 'OUT_OF_STACK'],
  ['nested texts of JSON', 'JSON.parse("[".repeat(1e6)); return payload;', 'OUT_OF_STACK'],
  ['a nested pattern', 'new RegExp("(?:".repeat(1e5)); return payload;', 'OUT_OF_STACK|stack'],
  [
    'nested arrays as a text',
    'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a);',
    'OUT_OF_STACK',
  ],
  ['nested code', 'new Function("[".repeat(1e5)); return payload;', 'OUT_OF_STACK|stack'],
  [
    'a chain of getters',
    'const o = {}; Object.defineProperty(o, "x", { get() { return this.x; } }); o.x;',
    'OUT_OF_STACK',
  ],
  [
    'a chain of proxies',
    'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x;',
    'OUT_OF_STACK',
  ],
];

describe('the metered machine', function () {
  this.timeout(60_000);
  for (const [what, body, expected] of STOPS)
    it(`stops ${what}, at the same point each time`, () => {
      const machine = machineOf(body);
      const once = () => {
        try {
          machine.run(0, new Uint8Array(4), FUEL * 3, () => new Uint8Array());
        } catch (error) {
          assert.ok(error instanceof MachineStop || error instanceof MachineError, String(error));
          const name = error instanceof MachineStop ? error.code : error.message;
          return `${name} ${machine.used}`;
        }
        return assert.fail('it went through');
      };
      const first = once();
      assert.match(first, new RegExp(expected));
      assert.equal(once(), first);
    });

  it('remembers nothing from one run to the next', () => {
    const machine = machineOf(
      'n++; Math.abs = () => n; kept.push(new Uint8Array(1e6)); return text(n);',
      `${text} let n = 0; const kept = []`,
    );
    for (let round = 0; round < 5; round++) {
      const found = machine.run(0, new Uint8Array(4), FUEL, () => new Uint8Array());
      assert.equal(Buffer.from(found).toString(), '1');
    }
  });

  it('goes on after each stop, with the same fuel for the same work', () => {
    const machine = machineOf(
      'if (payload[0] === 1) for (;;); if (payload[0] === 2) { const f = () => f(); f(); } return text(7);',
      text,
    );
    const used = [0, 1, 0, 2, 0].map(way => {
      try {
        machine.run(0, Uint8Array.of(way), FUEL, () => new Uint8Array());
      } catch (error) {
        assert.ok(error instanceof MachineStop);
      }
      return machine.used;
    });
    assert.equal(used[0], used[2]);
    assert.equal(used[0], used[4]);
    assert.equal(used[1], FUEL);
  });

  it('has no clock, no randomness, no network and no files', () => {
    const names = ['Date', 'performance', 'crypto', 'process', 'require', 'fetch', 'WebAssembly', 'WeakRef'];
    assert.equal(run(`return text(${JSON.stringify(names)}.filter(name => name in globalThis));`, text), '');
    assert.throws(() => run('return import("node:fs")'), MachineError);
  });

  it('takes as much memory as it may have and not a byte more, the same each time', () => {
    const body =
      'const a = []; try { for (;;) a.push(new Uint8Array(1000)); } catch { return text(a.length); }';
    const found = run(body, text, 1_000_000_000);
    assert.ok(Number(found) > 20_000 && Number(found) < 34_000, found);
    assert.equal(run(body, text, 1_000_000_000), found);
  });
});
