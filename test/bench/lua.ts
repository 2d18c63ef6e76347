/** Checks of groups by code in Lua, on one thread, each with the state put back before it. */
import { compiled } from '../../consensus/lua/compiled.ts';
import { createLua, type LuaValue } from '../../consensus/lua/index.ts';
import { createMachine } from '../../consensus/lua/machine.ts';
import { createStepWriter } from '../../consensus/lua/values.ts';
import type { Figure } from './report.ts';

const LIMITS = { fuel: 1_000_000, memory: 1_048_576 };
const BATCH = 4_000;
const BATCHES = 5;

/** Counts what comes in and what goes out, as the code of a token does. */
const CODE = Buffer.from(`return function(group, module_id)
  local function amount(cell)
    if cell.module_id ~= module_id then error('a cell of another module') end
    return (string.unpack('>I8', cell.data, 34))
  end
  local before, after = 0, 0
  for _, op in ipairs(group) do
    if op.input then before = before + amount(op.input.cell) end
    if op.output then after = after + amount(op.output.cell) end
  end
  return before == after
end`);

const cell = (): LuaValue => ({
  module_id: 130,
  capacity: 1_000n,
  data: new Uint8Array(41).fill(7),
  lock: new Uint8Array(20).fill(1),
});
const input = (height: number): LuaValue => ({ cell: cell(), unlock: new Uint8Array(64), height });
const transforms: LuaValue = Array.from({ length: 10 }, (_, index) => ({
  input: input(index),
  output: { cell: cell() },
}));
const halves: LuaValue = Array.from({ length: 10 }, (_, index) =>
  index < 5 ? { input: input(index) } : { output: { cell: cell() } },
);

/** Microseconds of the processor that one takes: the best batch of some, since others use the machine too. */
function microseconds(work: () => void): number {
  const batches = Array.from({ length: BATCHES }, () => {
    const start = process.cpuUsage();
    for (let turn = 0; turn < BATCH; turn++) work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / BATCH;
  });
  return Math.min(...batches);
}

export async function lua(): Promise<Figure[]> {
  const checker = createLua();
  const checked = (code: Uint8Array, group: LuaValue): number => {
    const { verdict } = checker.check(code, [group, 130], LIMITS);
    if (verdict !== 'allowed') throw new Error(`the bench's own code is ${verdict}`);
    return microseconds(() => checker.check(code, [group, 130], LIMITS));
  };
  const start = performance.now();
  checker.check(CODE, [halves, 130], LIMITS);
  const first = performance.now() - start;

  const machine = createMachine(compiled(), () => undefined);
  const writeSteps = createStepWriter(machine);
  const restore = microseconds(() => machine.restore(machine.base));
  const arguments_ = microseconds(() => {
    machine.restore(machine.base);
    writeSteps([transforms, 130]);
    machine.guarded(LIMITS, machine.push);
  });
  const halved = checked(CODE, halves);
  const whole = checked(CODE, transforms);
  const loop = Buffer.from('return function() for i = 1, 400000 do end return true end');
  const unread = createLua({ kept: 0 });
  const reading = microseconds(() => unread.check(CODE, [null, 130], LIMITS));
  const loopStart = performance.now();
  for (let turn = 0; turn < 10; turn++) checker.check(loop, [], LIMITS);
  const fuel = (checker.check(loop, [], LIMITS).fuel * 10) / (performance.now() - loopStart) / 1_000;

  return [
    perSecond('checks of 10 operations, 5 cells destroyed and 5 created', halved, '20,000 a second'),
    perSecond('checks of 10 transforms, 20 cells', whole, '20,000 a second'),
    perSecond('checks of no arguments', checked(Buffer.from('return function() return true end'), null), ''),
    { name: 'share of putting the state back, 10 transforms', value: share(restore, whole), aim: '' },
    { name: 'share of arguments, 10 transforms', value: share(arguments_ - restore, whole), aim: '' },
    { name: 'reading code of 500 bytes', value: `${reading.toFixed(1)} us`, aim: '' },
    { name: 'the first check of a process', value: `${first.toFixed(1)} ms`, aim: '' },
    { name: 'fuel', value: `${fuel.toFixed(0)} million units a second`, aim: '' },
  ];
}

const perSecond = (name: string, us: number, aim: string): Figure => ({
  name,
  value: `${Math.round(1_000_000 / us).toLocaleString('en')} a second`,
  aim,
});
const share = (part: number, all: number): string => `${Math.round((part / all) * 100)} %`;
