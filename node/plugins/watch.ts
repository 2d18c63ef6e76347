/** Looking on while plugins answer: for traces, and for finding out who answered otherwise. */
import { format } from 'node:util';
import {
  type Answer,
  type Ask,
  answerOf,
  type Code,
  recordedAsk,
  recordingView,
  type TracedRead,
} from '../../chain/index.ts';
import type { View } from '../../consensus/interface/index.ts';
import { answerRead } from './reads.ts';
import type { Read } from './wire.ts';

/** Somebody who looks on while a block is executed; nothing that it does changes what comes out. */
export interface Watch {
  /** After each answer, before the kernel takes it. `sight` null unless {@link Watch.closely}. */
  answered(ask: Ask, answer: Answer, sight: Sight | null): void;
  /** Also what the code read and printed, which costs time. */
  readonly closely?: boolean;
}

/** What one answer rests on. */
export interface Sight {
  /** In order; each once where the module runs in a process of its own. */
  readonly reads: readonly TracedRead[];
  /** Lines that the code printed. */
  readonly prints: readonly string[];
  /** Milliseconds until the answer was there. */
  readonly ms: number;
}

/** {@link answerOf} with somebody who looks on. */
export function answerWatched(ask: Ask, code: Code, watch: Watch): Answer {
  if (watch.closely !== true) {
    const answer = answerOf(ask, code);
    watch.answered(ask, answer, null);
    return answer;
  }
  const reads: TracedRead[] = [];
  const recorded = recordedAsk(ask, read => reads.push(read));
  const { result, prints, ms } = listening(() => answerOf(recorded, code));
  watch.answered(ask, result, { reads, prints, ms });
  return result;
}

/** The reads that another process named, as the view answers them. */
export function readsOf(view: View, reads: readonly Read[]): TracedRead[] {
  const traced: TracedRead[] = [];
  const recording = recordingView(view, read => traced.push(read));
  for (const read of reads) answerRead(recording, read);
  return traced;
}

const MAX_PRINTS = 1_000;
const VOICES = ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const;

/** Runs synchronous work; what it prints is kept instead of written. */
export function listening<Result>(work: () => Result): {
  readonly result: Result;
  readonly prints: readonly string[];
  readonly ms: number;
} {
  const prints: string[] = [];
  const print = (...values: readonly unknown[]): void => {
    if (prints.length < MAX_PRINTS) prints.push(format(...values));
  };
  const own = VOICES.map(voice => [voice, console[voice]] as const);
  for (const voice of VOICES) console[voice] = print;
  const started = performance.now();
  try {
    return { result: work(), prints, ms: performance.now() - started };
  } finally {
    for (const [voice, before] of own) console[voice] = before;
  }
}
