import assert from 'node:assert/strict';
import { cells, defaultParams, MAX_FUEL, NOBODY, Submission } from '../../../consensus/cells/index.ts';
import { CodecError, encode } from '../../../consensus/interface/index.ts';
import { createChain, failsWith } from '../../../devnet/testing/index.ts';
import {
  CELLS,
  cellsChain,
  create,
  enlarging,
  group,
  output,
  params,
  price,
  register,
  registration,
  send,
  submissionOf,
  systemNow,
  text,
} from './support.ts';

describe('the genesis of cells', () => {
  it('is for one Lua, and for state that costs something', () => {
    const codeOf = (changes: object) => {
      const outcome = cells.genesis({ ...params, ...changes });
      return outcome.ok ? 'ok' : outcome.code;
    };
    assert.equal(codeOf({}), 'ok');
    assert.equal(codeOf({ luaVersion: 2 }), 'OTHER_LUA');
    assert.equal(codeOf({ luaHash: `0x${'00'.repeat(32)}` }), 'OTHER_LUA');
    assert.equal(codeOf({ pricePerByte: 0n }), 'BAD_PARAMS');
  });

  it('pins the Lua of this version of the code: another one needs another version of cells', () => {
    const { luaVersion, luaHash } = defaultParams();
    assert.equal(cells.info.version, '1.0.0');
    assert.equal(luaVersion, 1);
    assert.equal(luaHash, '0x28b9534a354c5f3b14a2258e6cba77c180207a7e9b4c73d3d64fa5a158757776');
  });

  it('without a governor nobody can register system modules, and everybody others', () => {
    const chain = createChain({ modules: [{ module: cells, id: CELLS, params: defaultParams() }] });
    assert.equal(systemNow(chain).root.lock, NOBODY);
    const system = registration(chain, 'alice', 'return 1', 'root');
    failsWith(() => send(chain, system.groups, { value: system.value, by: ['alice'] }), 'LOCKED');
    assert.equal(register(chain, 'alice', 'return 1'), 128);
  });
});

describe('the fuel of a transaction', () => {
  const LOOP = `return function()
    for i = 1, 100000 do end
    return true
  end`;

  it('is for all its groups together, and is paid for by the limit', () => {
    const chain = cellsChain();
    const id = register(chain, 'alice', LOOP);
    const made = output(id, text('x'), 'alice');
    const groups = [group(id, create(made)), group(id, create(made)), enlarging];
    const pay = { value: price(made, made) };
    const { receipt } = send(chain, groups, { ...pay, fuel: 1_000_000 });
    const { fuel } = receipt.events.find(({ name }) => name === 'applied')?.data ?? {};
    assert.ok(fuel > 200_000 && fuel < 1_000_000);
    send(chain, groups, { ...pay, fuel });
    failsWith(() => send(chain, groups, { ...pay, fuel: fuel - 1 }), 'CHECKER_REFUSED');
    failsWith(() => send(chain, groups, { ...pay, fuel: Math.floor(fuel / 4) }), 'CHECKER_REFUSED');
  });

  it('weighs what its checkers may take, and has a bound', () => {
    const weightOf = (fuel: number): number =>
      cells.calls.submit?.weight(submissionOf([enlarging], { fuel })) ?? 0;
    assert.equal(weightOf(800_000) - weightOf(0), 10_000);
    assert.throws(
      () => encode(Submission, submissionOf([enlarging], { fuel: MAX_FUEL + 1 })),
      (error: unknown) => error instanceof CodecError && error.code === 'OUT_OF_RANGE',
    );
  });
});
