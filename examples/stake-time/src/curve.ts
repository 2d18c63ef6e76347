import type { Curve } from './rows.ts';

export const PPM = 1_000_000n;
export const MAX_POWER = 4;

/** `kPpm x (epochs / tMax)^p` in parts per million, rounded down. */
export function multiplierPpm({ kPpm, p, tMax }: Curve, epochs: number): bigint {
  const power = BigInt(p);
  return (BigInt(kPpm) * BigInt(epochs) ** power) / BigInt(tMax) ** power;
}

/** What an amount counts when it is locked for so many epochs. */
export const stakeOf = (curve: Curve, amount: bigint, epochs: number): bigint =>
  (amount * multiplierPpm(curve, epochs)) / PPM;

/** Why a curve cannot be; nothing for one that can. */
export function curveFault({ kPpm, p, tMax }: Curve): string | undefined {
  if (kPpm === 0) return 'kPpm is above 0';
  if (p < 1 || p > MAX_POWER) return `p is 1 to ${MAX_POWER}`;
  if (tMax === 0) return 'tMax is above 0';
  return undefined;
}
