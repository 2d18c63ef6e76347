import { colors } from '../colors.ts';
import { loadSettings } from '../config/load.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { type Finding, findingsOf } from '../doctor/findings.ts';
import type { Answer } from '../output.ts';

interface DoctorAnswer extends Answer {
  readonly value: { readonly ok: boolean; readonly findings: readonly Finding[] };
}

/** `devnet doctor`: for the settings with which `devnet up` would start here. */
export async function doctor(flags: Readonly<Record<string, string>>): Promise<DoctorAnswer> {
  const { settings } = loadSettings({
    flags,
    environment: process.env,
    config: undefined,
    profile: undefined,
  });
  const findings = findingsOf(await gatherFacts(settings));
  const ok = findings.every(({ state }) => state !== 'wrong');
  return {
    value: { ok, findings },
    text: findings.map(lines).join('\n'),
  };
}

const MARKS = { ok: colors.green('ok   '), look: colors.yellow('look '), wrong: colors.red('wrong') };

function lines({ check, state, message, hint }: Finding): string {
  const line = `${MARKS[state]}  ${check.padEnd(9)}  ${message}`;
  return hint === '' ? line : `${line}\n${' '.repeat(18)}${colors.dim(hint)}`;
}
