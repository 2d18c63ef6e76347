/** The parameters of a chain that a proposal can change. */
import { chainError } from '../../errors.ts';
import {
  type GovRules,
  PARAMETER_NAMES,
  type ParameterChange,
  type ParameterName,
} from '../../format/governance.ts';
import { LIMITS, MAX_VOTING_EPOCHS, TOKEN } from '../../format/limits.ts';
import { FRAME_BYTES, MAX_BLOCK_BYTES } from '../budget.ts';
import type { Parameters } from '../parameters.ts';

/** Those of them that stand in `GovRules`. */
export const RULES = [
  'bond',
  'votingEpochs',
  'quorumBps',
  'thresholdBps',
  'vetoBps',
] as const satisfies readonly (ParameterName & keyof GovRules)[];

export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
}

/**
 * Lowest and highest values. Each parameter here is read anew in every block and remembered nowhere, so a block may
 * change it. Grace, thawing and epoch length are not here: marks, seats and escrow of the past are kept and pruned by
 * them (docs/decisions/0021-governance.md). Whatever is chosen, every proposal still fits into a block, and every claim
 * of consensus-0: the heaviest that its limits allow weighs about 640,000.
 */
export const BOUNDS: Readonly<Record<ParameterName, Bounds>> = {
  slashBps: { min: 1n, max: 10_000n },
  feePerWeight: { min: 0n, max: 1_000_000n },
  maxBlockWeight: { min: 1_000_000n, max: 2n ** 40n },
  maxBlockBytes: { min: BigInt(LIMITS.transaction + FRAME_BYTES), max: BigInt(MAX_BLOCK_BYTES) },
  bond: { min: 1n, max: 1_000_000n * TOKEN },
  votingEpochs: { min: 1n, max: BigInt(MAX_VOTING_EPOCHS) },
  quorumBps: { min: 1n, max: 9_000n },
  thresholdBps: { min: 5_000n, max: 9_000n },
  vetoBps: { min: 5_000n, max: 10_000n },
};

/** For a genesis that has no reason to say otherwise. */
export const DEFAULT_RULES: GovRules = {
  bond: 10n * TOKEN,
  votingEpochs: 1,
  quorumBps: 3_334,
  thresholdBps: 5_000,
  vetoBps: 6_667,
};

/** Throws NO_CHANGES, DUPLICATE_PARAMETER, PARAMETER_OUT_OF_RANGE. */
export function requireChanges(changes: readonly ParameterChange[]): void {
  if (changes.length === 0) throw chainError('NO_CHANGES');
  const seen = new Set<ParameterName>();
  for (const { name, value } of changes) {
    if (seen.has(name)) throw chainError('DUPLICATE_PARAMETER', { name });
    seen.add(name);
    const { min, max } = BOUNDS[name];
    if (value < min || value > max) throw chainError('PARAMETER_OUT_OF_RANGE', { name, value, min, max });
  }
}

export const changed = (parameters: Parameters, changes: readonly ParameterChange[]): Parameters =>
  changes.reduce(withChange, parameters);

/** All that can be changed, with its value now. */
export const changeable = (parameters: Parameters): readonly ParameterChange[] =>
  PARAMETER_NAMES.map(name => ({
    name,
    value: BigInt(isRule(name) ? parameters.governance[name] : parameters[name]),
  }));

function withChange(parameters: Parameters, { name, value }: ParameterChange): Parameters {
  // Those that are amounts stay bigint; the bounds keep the others exact.
  const typed = name === 'bond' || name === 'feePerWeight' ? value : Number(value);
  return isRule(name)
    ? { ...parameters, governance: { ...parameters.governance, [name]: typed } }
    : { ...parameters, [name]: typed };
}

const isRule = (name: ParameterName): name is (typeof RULES)[number] => RULES.some(rule => rule === name);
