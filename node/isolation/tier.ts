/** Which tier a plugin runs in: what is demanded, else the strongest that this machine has. */
import { type Manifest, TIERS, type Tier } from '../package/index.ts';
import { IsolationError, type Wanted } from './errors.ts';
import type { IsolationReport } from './probe.ts';

export type Demands = Pick<Manifest, 'name' | 'version' | 'provides' | 'isolation' | 'requires'>;

/**
 * The strongest of T1 and T2 that is here, and at least what manifest and operator demand; the metered machine only for
 * who asks for it, since its limits decide what a call comes to. Throws {@link IsolationError}.
 */
export function tierFor(plugin: Demands, report: IsolationReport, minimum?: Tier): Tier {
  const wanted = strongest(demandsOf(plugin, minimum));
  if (wanted.tier === 'T3' && plugin.provides === 'service') throw IsolationError.forService(plugin, wanted);
  if (!report.tiers.includes(wanted.tier)) throw IsolationError.missing(plugin, wanted, report);
  if (wanted.tier === 'T3') return 'T3';
  return report.tiers.includes('T2') ? 'T2' : 'T1';
}

function demandsOf({ isolation, requires }: Demands, minimum: Tier | undefined): readonly Wanted[] {
  return [
    { tier: isolation, by: `isolation = "${isolation}"` },
    ...(requires === 'deterministic'
      ? [{ tier: 'T3', by: 'requires = "deterministic"' } satisfies Wanted]
      : []),
    ...(minimum === undefined ? [] : [{ tier: minimum, by: `the operator, --plugin-isolation ${minimum}` }]),
  ];
}

const strongest = (demands: readonly Wanted[]): Wanted =>
  demands.reduce((most, next) => (isWeaker(most.tier, next.tier) ? next : most));

export const isWeaker = (one: Tier, other: Tier): boolean => TIERS.indexOf(one) < TIERS.indexOf(other);
