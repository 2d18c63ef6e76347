/** Cells as the compliance suite sees them; loaded by fresh processes too. */

import { cells, encodeData } from '../../../consensus/cells/index.ts';
import {
  type CallStep,
  createHost,
  type Host,
  type Sample,
  type Subject,
  type World,
} from '../../../consensus/compliance/index.ts';
import { accountOf } from '../../../devnet/testing/index.ts';
import {
  asOutput,
  CELLS,
  type CellsChain,
  cellNow,
  consume,
  create,
  destroy,
  emit,
  enlarging,
  GOVERNOR,
  group,
  moduleNow,
  output,
  PRICE,
  params,
  price,
  recipient,
  register,
  registration,
  send,
  space,
  text,
  transform,
} from './support.ts';

const MONEY = 1_000_000_000_000n;

/** Bob serves module 3 of the kernel, which is bound to cells. */
export const world: World = {
  chainId: 'testing',
  consensus: CELLS,
  graceEpochs: 2,
  balances: ['alice', 'bob', 'charlie', GOVERNOR].map(name => ({ account: accountOf(name), amount: MONEY })),
  terms: [
    {
      fromEpoch: 0,
      modules: [
        { id: 3, account: accountOf('bob'), alias: 'bob', consensus: CELLS, retired: false, prices: {} },
        { id: 4, account: accountOf('charlie'), alias: 'charlie', consensus: 0, retired: false, prices: {} },
      ],
      links: [],
    },
  ],
};

/** A chain that writes down what is done on it. */
interface Recorder extends CellsChain {
  /** Ends with this code. */
  refused(code: string, work: () => unknown): void;
  readonly steps: CallStep[];
}

function recorder(host: Host): Recorder {
  const steps: CallStep[] = [];
  return {
    steps,
    query: (_, name, args = {}) => host.query(name, args),
    call(_, method, args, { from, value = 0n }) {
      const call = { sender: accountOf(from), method, args, value };
      const result = host.call(call);
      const expect = result.ok ? 'ok' : result.code;
      // What takes no cell can be done again: whoever pays gets another cell, or pays another time.
      const hasInputs =
        method !== 'submit' ||
        JSON.stringify(args, (_key, one) => (typeof one === 'bigint' ? '' : one)).includes('"input"');
      steps.push({ kind: 'call', ...call, expect, ...(hasInputs ? {} : { repeatable: true }) });
      if (!result.ok) throw Object.assign(new Error(result.message), { code: result.code });
      const events = result.events.map(event => ({ ...event, height: 0, source: 'cells' }));
      return { height: 0, events, weight: 0, fee: 0n };
    },
    refused(code, work) {
      try {
        work();
      } catch (error) {
        if ((error as { code?: unknown }).code === code) return;
        throw error;
      }
      throw new Error(`it was not refused: ${code}`);
    },
  };
}

function sample(name: string, script: (chain: Recorder) => void): Sample {
  const chain = recorder(createHost({ module: cells, params, world }));
  script(chain);
  return { name, world, steps: chain.steps };
}

export const ALLOW = 'return function() return true end';
/** Allows a group to which somebody pays 5 and more. */
export const PAID = `return function(group, module_id)
  local last = group[#group]
  local cell = last.input and last.input.cell
  if not cell or cell.module_id ~= 0 or cell.data:byte(1) ~= 80 then return false end
  return string.unpack('>I8', cell.data, 2) >= 5 and #cell.data == 41
end`;

export const samples: readonly Sample[] = [
  sample('registers, emits, spends and updates', chain => {
    const id = register(chain, 'alice', ALLOW);
    const token = emit(chain, id, 'alice', 'hello', recipient(id, 'bob'));
    const made = output(id, text('hello'), 'bob');
    const held = cellNow(chain, token)?.capacity ?? 0;
    const value = PRICE * BigInt(Math.max(0, made.capacity - held));
    const groups = [group(id, consume(token), create(made)), enlarging];
    const own = send(chain, groups, { from: 'bob', by: ['bob'], value, refund: 'bob' }).at(0);
    const checker = cellNow(chain, moduleNow(chain, id).checker);
    if (checker === null) throw new TypeError('no checker');
    const data = encodeData({ kind: 'checker', id, code: text('return function() return nil end') });
    send(chain, [group(0, transform(checker.at, { ...asOutput(checker), data }))], { by: ['alice'] });
    chain.refused('CHECKER_REFUSED', () =>
      send(chain, [group(id, destroy(own))], { from: 'bob', by: ['bob'], refund: 'bob' }),
    );
  }),
  sample('buys capacity and gets it back', chain => {
    const at = space(chain, 'alice', 500);
    const left = { ...output(1, text('x'), 'alice'), capacity: 300 };
    const moved = send(chain, [group(1, transform(at, left))], { by: ['alice'], refund: 'bob' }).at(0);
    chain.refused('DOUBLE_INPUT', () =>
      send(chain, [group(1, destroy(moved), destroy(moved))], { by: ['alice'], refund: 'bob' }),
    );
    send(chain, [group(1, destroy(moved))], { by: ['alice'], refund: 'bob' });
    chain.refused('NO_SUCH_CELL', () => send(chain, [group(1, destroy(moved))], { by: ['alice'] }));
    chain.refused('VALUE_DIFFERS', () => send(chain, [enlarging], { value: 1n }));
  }),
  sample('system modules', chain => {
    const { groups, value } = registration(chain, 'alice', ALLOW, 'root');
    chain.refused('LOCKED', () => send(chain, groups, { value }));
    send(chain, groups, { value, by: [GOVERNOR] });
  }),
  sample('a module of the kernel under a checker', chain => {
    const id = register(chain, 'bob', PAID);
    const pays = (amount: bigint, more: object = {}) => {
      const made = output(id, text('x'), 'alice');
      const payment = { module: 3, amount };
      return send(chain, [group(id, create(made)), enlarging], {
        value: price(made) + amount,
        payment,
        ...more,
      });
    };
    chain.refused('NOT_BOUND', () => pays(5n));
    const bind = (from: string, cellModule: number | null) =>
      chain.call(CELLS, 'bind', { cellModule }, { from });
    chain.refused('NO_SUCH_MODULE', () => bind('alice', id));
    chain.refused('NOT_BOUND', () => bind('charlie', id));
    chain.refused('UNKNOWN_MODULE', () => bind('bob', 999));
    chain.refused('NOT_OWNER', () => bind('bob', 1));
    bind('bob', id);
    pays(5n);
    chain.refused('CHECKER_REFUSED', () => pays(4n));
    chain.refused('NO_PAYMENT', () => pays(0n));
    chain.refused('NO_SUCH_MODULE', () => pays(5n, { payment: { module: 9, amount: 5n } }));
    chain.refused('NOT_BOUND', () => pays(5n, { payment: { module: 4, amount: 5n } }));
    chain.refused('NO_GROUP', () =>
      send(chain, [enlarging], { value: 5n, payment: { module: 3, amount: 5n } }),
    );
    bind('bob', null);
    chain.refused('NOT_BOUND', () => bind('bob', null));
  }),
];

export const subject: Subject = { module: cells, params, samples };
