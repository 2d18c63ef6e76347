/** Faults on purpose, as plain data, and what they mean for each frame: the same rules and dice give the same faults. */
import { randomAt } from '../environment.ts';
import type { PeerId } from '../network.ts';

/** What a node does to the frames that it sends to one peer. */
export interface LinkFaults {
  /** No link to this peer: the open one is closed, and none is dialled or taken. */
  readonly cut: boolean;
  /** Added to each frame, in whole milliseconds. */
  readonly latencyMs: number;
  /** On top, anew for each frame, up to so many whole milliseconds. The order within a lane stays. */
  readonly jitterMs: number;
  /** Of a hundred frames, so many are lost. */
  readonly lossPercent: number;
}

export interface FaultRules {
  /** Of the dice: 32 bits. */
  readonly seed: number;
  /** Peers that are not named have no faults. */
  readonly peers: Readonly<Record<PeerId, LinkFaults>>;
}

export const NO_FAULTS: LinkFaults = { cut: false, latencyMs: 0, jitterMs: 0, lossPercent: 0 };
export const NO_RULES: FaultRules = { seed: 0, peers: {} };

/**
 * Latency and jitter together. A handshake is a hello and an accept, both delayed, and has to pass within the five
 * seconds that a stranger may take: with more, no link would ever come up again.
 */
export const MAX_LATENCY_MS = 2_000;

/** Spared by loss: without a handshake there is no link, and without pings none that lasts. */
const SPARED_LANE = 'hello';

/** One direction of one lane. */
export interface Way {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly lane: string;
}

export type Verdict =
  | { readonly kind: 'cut' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'deliver'; readonly afterMs: number };

const CUT: Verdict = { kind: 'cut' };
const DROP: Verdict = { kind: 'drop' };

export function faultsOf({ peers }: FaultRules, peer: PeerId): LinkFaults {
  return (Object.hasOwn(peers, peer) ? peers[peer] : undefined) ?? NO_FAULTS;
}

/** What becomes of the frame number `n` of a way, counted from zero since the rules are in force. */
export function decide(rules: FaultRules, way: Way, n: number): Verdict {
  const { cut, latencyMs, jitterMs, lossPercent } = faultsOf(rules, way.to);
  if (cut) return CUT;
  const dice = diceOf(rules.seed, way);
  if (way.lane !== SPARED_LANE && randomAt(dice, 2 * n) * 100 < lossPercent) return DROP;
  return { kind: 'deliver', afterMs: latencyMs + Math.floor(randomAt(dice, 2 * n + 1) * (jitterMs + 1)) };
}

/** A seed for each way (FNV-1a over its name), so that what one peer is sent does not move the dice of another. */
function diceOf(seed: number, { from, to, lane }: Way): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of `${from}>${to}/${lane}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
