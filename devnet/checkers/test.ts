/** Runs a checker on groups and holds what it says against what its author expects. */
import { checkGroup } from '../../consensus/cells/index.ts';
import type { Lua, LuaLimits, LuaOutcome } from '../../consensus/lua/index.ts';
import type { GroupCase } from './groups.ts';
import { ENOUGH, type RefusalLine, refusalLine } from './returns.ts';

export interface Tested {
  readonly name: string;
  readonly expected: GroupCase['expect'];
  readonly outcome: LuaOutcome;
  /** Of the `return` that refused. */
  readonly refusal: RefusalLine | null;
  /** What is not as expected; null if nothing. */
  readonly difference: string | null;
}

export const testGroups = (
  lua: Lua,
  code: Uint8Array,
  cases: readonly GroupCase[],
  limits: LuaLimits,
): readonly Tested[] =>
  cases.map(expected => {
    const outcome = checkGroup(lua, code, expected.group, limits);
    const refusal =
      outcome.verdict === 'refused'
        ? refusalLine(code, lined => checkGroup(lua, lined, expected.group, ENOUGH))
        : null;
    return {
      name: expected.name,
      expected: expected.expect,
      outcome,
      refusal,
      difference: differenceOf(expected, outcome, refusal),
    };
  });

function differenceOf(
  { expect, says, line, maxFuel }: GroupCase,
  outcome: LuaOutcome,
  refusal: RefusalLine | null,
): string | null {
  if (outcome.verdict !== expect) return `expected ${expect}`;
  const said = outcome.error?.message ?? outcome.reason ?? '';
  if (says !== undefined && !said.includes(says)) return `expected to hear "${says}"`;
  const at = outcome.error?.line ?? refusal?.line;
  if (line !== undefined && at !== line) return `expected it in line ${line}`;
  return maxFuel !== undefined && outcome.fuel > maxFuel ? `expected at most ${maxFuel} fuel` : null;
}
