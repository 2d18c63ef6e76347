/** What readers can ask. Lists come in pages: the last entry of one is `after` of the next. */
import {
  type Account,
  account,
  bytes,
  hash,
  list,
  optional,
  query,
  struct,
  type TypeOf,
  u32,
  u53,
  type View,
} from '../interface/index.ts';
import { decodeData } from './data.ts';
import { Lock, MAX_DATA, ModuleRow, OutPoint, Params, Recipient, StoredCell, Transaction } from './format.ts';
import { get, indexed, keys, moduleOf, outPointOf, required } from './storage.ts';
import { digestOf, lockOf, unlockMessage } from './unlock.ts';

/** A page of the largest cells has 1 MiB. */
export const CELLS_PER_PAGE = 32;
export const MODULES_PER_PAGE = 128;
const MAX_KEY = 64;
const MAX_MESSAGE = 64;

const CellInfo = struct({
  at: OutPoint,
  /** Of its row in the storage of the mechanism: what `consensus_proof` takes. */
  key: bytes(MAX_KEY),
  module: u32,
  capacity: u32,
  /** Of the block that created it. */
  height: u53,
  data: bytes(MAX_DATA),
  lock: optional(Lock),
  recipient: optional(Recipient),
});
export type CellInfo = TypeOf<typeof CellInfo>;
const Page = list(CellInfo, CELLS_PER_PAGE);

function cellAt(view: View, at: OutPoint): CellInfo | null {
  const key = keys.cell(at);
  const found = get(view, StoredCell, key);
  return found === undefined ? null : { at, key, ...found };
}

/** The cells of an index. Its rows are there as long as their cells are. */
function page(view: View, prefix: Uint8Array, after: OutPoint | null): readonly CellInfo[] {
  const from = after === null ? {} : { after: indexed(prefix, after) };
  return view.scan(prefix, { limit: CELLS_PER_PAGE, ...from }).map(([rowKey]) => {
    const at = outPointOf(rowKey);
    const key = keys.cell(at);
    return { at, key, ...required(view, StoredCell, key) };
  });
}

const cell = query<OutPoint, CellInfo | null>({
  description: 'A cell that is not spent, by its outpoint.',
  codec: OutPoint,
  result: optional(CellInfo),
  run: cellAt,
});

type After = { readonly after: OutPoint | null };

const cellsByAccount = query<After & { readonly account: Account }, readonly CellInfo[]>({
  description: `Cells that an account can unlock as owner or recipient, at most ${CELLS_PER_PAGE} after an outpoint.`,
  codec: struct({ account, after: optional(OutPoint) }),
  result: Page,
  run: (view, { account: owner, after }) => page(view, keys.ofLock(lockOf(owner)), after),
});

const cellsByLock = query<After & { readonly lock: Lock }, readonly CellInfo[]>({
  description: `Cells with a lock, their own or their recipient's, at most ${CELLS_PER_PAGE} after an outpoint.`,
  codec: struct({ lock: Lock, after: optional(OutPoint) }),
  result: Page,
  run: (view, { lock, after }) => page(view, keys.ofLock(lock), after),
});

const cellsByModule = query<After & { readonly module: number }, readonly CellInfo[]>({
  description: `Cells of a cell module, at most ${CELLS_PER_PAGE} after an outpoint.`,
  codec: struct({ module: u32, after: optional(OutPoint) }),
  result: Page,
  run: (view, { module, after }) => page(view, keys.ofModule(module), after),
});

const cellsForModule = query<After & { readonly module: number }, readonly CellInfo[]>({
  description: `Volatile cells that a group of a cell module can consume, at most ${CELLS_PER_PAGE} after an outpoint.`,
  codec: struct({ module: u32, after: optional(OutPoint) }),
  result: Page,
  run: (view, { module, after }) => page(view, keys.forModule(module), after),
});

const Checker = struct({ cell: CellInfo, code: bytes(MAX_DATA) });

const checker = query<{ readonly module: number }, TypeOf<typeof Checker> | null>({
  description: 'The Checker cell of a cell module, and its code.',
  codec: struct({ module: u32 }),
  result: optional(Checker),
  run(view, { module }) {
    const row = get(view, ModuleRow, keys.module(module));
    const found = row === undefined ? null : cellAt(view, row.checker);
    if (found === null) return null;
    const data = decodeData(found.data);
    return data.kind === 'checker' ? { cell: found, code: data.code } : null;
  },
});

const ModuleInfo = struct({ module: u32, cell: OutPoint, checker: OutPoint });
type ModuleInfo = TypeOf<typeof ModuleInfo>;

const modules = query<{ readonly after: number | null }, readonly ModuleInfo[]>({
  description: `Cell modules with their Module and Checker cells, ascending, at most ${MODULES_PER_PAGE} after an id.`,
  codec: struct({ after: optional(u32) }),
  result: list(ModuleInfo, MODULES_PER_PAGE),
  run(view, { after }) {
    const from = after === null ? {} : { after: keys.module(after) };
    return view
      .scan(keys.modules(), { limit: MODULES_PER_PAGE, ...from })
      .map(([rowKey]) => ({ module: moduleOf(rowKey), ...required(view, ModuleRow, rowKey) }));
  },
});

const System = struct({ root: CellInfo, allocator: CellInfo, params: Params });

const system = query<Readonly<Record<never, never>>, TypeOf<typeof System>>({
  description: 'Root and the Allocator as they are now, and the parameters.',
  codec: struct({}),
  result: System,
  run(view) {
    const known = (rowKey: Uint8Array): CellInfo => {
      const found = cellAt(view, required(view, OutPoint, rowKey));
      if (found === null) throw new TypeError('Root or the Allocator is not where it should be');
      return found;
    };
    return {
      root: known(keys.root()),
      allocator: known(keys.allocator()),
      params: required(view, Params, keys.params()),
    };
  },
});

const Signing = struct({ digest: hash, message: bytes(MAX_MESSAGE) });

const signing = query<{ readonly transaction: Transaction }, TypeOf<typeof Signing>>({
  description: 'What the accounts sign that unlock cells of a transaction.',
  codec: struct({ transaction: Transaction }),
  result: Signing,
  run(_view, { transaction }, { chainId }) {
    const digest = digestOf(chainId, transaction);
    return { digest, message: unlockMessage(digest) };
  },
});

const lock = query<{ readonly account: Account }, { readonly lock: Lock }>({
  description: 'The lock that an account opens.',
  codec: struct({ account }),
  result: struct({ lock: Lock }),
  run: (_view, { account: owner }) => ({ lock: lockOf(owner) }),
});

const binding = query<{ readonly module: number }, { readonly cellModule: number | null }>({
  description: 'The cell module that a module of the kernel is bound to.',
  codec: struct({ module: u32 }),
  result: struct({ cellModule: optional(u32) }),
  run: (view, { module }) => ({ cellModule: get(view, u32, keys.binding(module)) ?? null }),
});

export const queries = {
  cell,
  cellsByAccount,
  cellsByLock,
  cellsByModule,
  cellsForModule,
  checker,
  modules,
  system,
  signing,
  lock,
  binding,
};
