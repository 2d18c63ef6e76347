/** How long a child takes, from what was seen of it: a moving average in microseconds that fades when nothing is seen. */
export interface Latency {
  readonly micros: number;
  /** When it was seen last, in milliseconds. */
  readonly at: number;
}

export const UNSEEN: Latency = { micros: 0, at: 0 };

/** A new answer counts an eighth. */
const GAIN = 8;
/** A child that is not asked is thought twice as fast after this time, so that it is asked again one day. */
const HALF_LIFE_MS = 10_000;
/** 35 minutes. */
const LONGEST = 2 ** 31 - 1;

export function observe(latency: Latency, ms: number, now: number): Latency {
  const seen = Math.min(Math.max(Math.round(ms * 1000), 1), LONGEST);
  const known = estimate(latency, now);
  return { micros: known === 0 ? seen : known + Math.trunc((seen - known) / GAIN), at: now };
}

/** Microseconds; 0 for nothing known. */
export function estimate({ micros, at }: Latency, now: number): number {
  const halvings = Math.floor(Math.max(now - at, 0) / HALF_LIFE_MS);
  return halvings > 31 ? 0 : micros >>> halvings;
}
