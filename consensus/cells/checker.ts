/** A group as the code of a checker sees it, and the question whether it allows it. */
import { fromHex } from '../interface/index.ts';
import type { Lua, LuaLimits, LuaOutcome, LuaValue } from '../lua/index.ts';
import type { Cell, Lock } from './format.ts';

/** A cell that goes. */
export interface CheckedInput {
  readonly cell: Cell;
  /** The account and its signature, 32 bytes and at most 66; null where the cell has no lock. */
  readonly unlock: Uint8Array | null;
  /** Of the block that created it. */
  readonly height: number;
}

/** A cell that comes. */
export interface CheckedOutput {
  readonly cell: Cell;
}

/** One of both is null at most: no input for a create, no output for a destroy and a consume. */
export interface CheckedOperation {
  readonly input: CheckedInput | null;
  readonly output: CheckedOutput | null;
}

export interface CheckedGroup {
  readonly module: number;
  readonly operations: readonly CheckedOperation[];
}

/**
 * Calls the function that the code returns with the group and the id of its module. The same inputs give the same
 * outcome everywhere; a chain may look at whether the verdict is `allowed`, and at the fuel.
 *
 * @example
 * const lua = createLua();
 * checkGroup(lua, code, { module: 128, operations }, { fuel: 1_000_000, memory: CHECK_MEMORY }).verdict;
 */
export const checkGroup = (lua: Lua, code: Uint8Array, group: CheckedGroup, limits: LuaLimits): LuaOutcome =>
  lua.check(code, argumentsOf(group), limits);

/** The only place that builds them: the order of fields decides about fuel. */
const argumentsOf = ({ module, operations }: CheckedGroup): readonly LuaValue[] => [
  operations.map(({ input, output }) => ({
    input:
      input === null ? null : { cell: cellValue(input.cell), unlock: input.unlock, height: input.height },
    output: output === null ? null : { cell: cellValue(output.cell) },
  })),
  module,
];

const cellValue = ({ module, capacity, data, lock, recipient }: Cell): LuaValue => ({
  module_id: module,
  capacity,
  data,
  lock: lockValue(lock),
  recipient: recipient === null ? null : { module_id: recipient.module, lock: lockValue(recipient.lock) },
});

const lockValue = (lock: Lock | null): Uint8Array | null => (lock === null ? null : fromHex(lock));
