/** The first cells: Root, the Allocator, and the modules 0 and 1. */
import { fail, type Op, type Outcome, ok, u53 } from '../interface/index.ts';
import { LUA_HASH, LUA_VERSION } from '../lua/index.ts';
import { encodeData, type SystemData } from './data.ts';
import {
  type Cell,
  MODULE,
  ModuleRow,
  type OutPoint,
  OutPoint as OutPointCodec,
  Params,
  SPACE,
  SYSTEM_MODULES,
} from './format.ts';
import { keys, occupied, put, putCell } from './storage.ts';
import { lockOf, NOBODY } from './unlock.ts';

/** Space holds capacity; what its cells say is their owners' business. */
export const SPACE_CODE = 'return function()\n  return true\nend\n';

/** What a module without a replaceable checker shows in its place: its rules are code of the mechanism. */
const MODULE_CODE = 'error("the rules of module 0 are code of the mechanism")\n';

/** Outpoints of the first cells: no transaction has this name. */
const GENESIS = `0x${'00'.repeat(32)}` as const;

export function genesis(params: Params): Outcome {
  if (params.luaVersion !== LUA_VERSION || params.luaHash !== LUA_HASH)
    return fail(
      'OTHER_LUA',
      `it is for Lua ${params.luaVersion} ${params.luaHash}, and this code has ${LUA_VERSION} ${LUA_HASH}`,
    );
  if (params.pricePerByte === 0n) return fail('BAD_PARAMS', 'pricePerByte is above 0: state is not free');
  return ok([
    put(Params, keys.params(), params),
    put(u53, keys.sequence(), 0),
    ...firstCells(params.governor === null ? NOBODY : lockOf(params.governor)),
  ]);
}

function firstCells(governor: Cell['lock']): Op[] {
  const code = (text: string) => new TextEncoder().encode(text);
  const cells: readonly (readonly [SystemData, Cell['lock']])[] = [
    [{ kind: 'root', nextId: SPACE + 1 }, governor],
    [{ kind: 'allocator', nextId: SYSTEM_MODULES }, null],
    [{ kind: 'module', id: MODULE }, NOBODY],
    [{ kind: 'checker', id: MODULE, code: code(MODULE_CODE) }, NOBODY],
    [{ kind: 'module', id: SPACE }, governor],
    [{ kind: 'checker', id: SPACE, code: code(SPACE_CODE) }, governor],
  ];
  const at = (index: number): OutPoint => ({ transaction: GENESIS, index });
  return [
    ...cells.flatMap(([data, lock], index) => putCell(at(index), first(data, lock))),
    put(OutPointCodec, keys.root(), at(0)),
    put(OutPointCodec, keys.allocator(), at(1)),
    put(ModuleRow, keys.module(MODULE), { cell: at(2), checker: at(3) }),
    put(ModuleRow, keys.module(SPACE), { cell: at(4), checker: at(5) }),
  ];
}

/** As large as it must be. Nobody paid for it, and the rules of module 0 let none of it be freed. */
function first(data: SystemData, lock: Cell['lock']) {
  const cell = { module: MODULE, data: encodeData(data), lock, recipient: null };
  return { ...cell, capacity: occupied(cell), height: 0 };
}
