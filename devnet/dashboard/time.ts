/** Blocks, epochs and the clock by hand. */
import { effect, signal } from '@preact/signals';
import { advanceEpoch } from '../../node/client/actions/advanceEpoch.ts';
import { getBlockMode } from '../../node/client/actions/getBlockMode.ts';
import { increaseTime } from '../../node/client/actions/increaseTime.ts';
import { mine } from '../../node/client/actions/mine.ts';
import { setBlockMode } from '../../node/client/actions/setBlockMode.ts';
import type { BlockMode } from '../../node/client/results.ts';
import { act } from './acting.ts';
import { duration, instant } from './format.ts';
import { pulse } from './live.ts';
import { gateway } from './transport.ts';

/** null until a node has told. */
export const mode = signal<BlockMode | null>(null);
/** What Run goes back to: the last mode that makes blocks by itself. */
let running: BlockMode = { kind: 'auto', emptyMs: 2_000 };

export const modeText = (one: BlockMode): string => {
  if (one.kind === 'manual') return 'only when you make them';
  if (one.kind === 'interval') return `every ${duration(one.ms)}`;
  return `for each transaction, and an empty one every ${duration(one.emptyMs)}`;
};

/** An answer from before a change tells of what is no more. */
let changes = 0;

function note(next: BlockMode): void {
  if (next.kind !== 'manual') running = next;
  mode.value = next;
}

/** Others change it as well: it is asked for again and again, also while no block comes. */
export function followMode(everyMs: number): void {
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking || document.hidden) return;
    isAsking = true;
    const before = changes;
    try {
      const told = await getBlockMode(gateway);
      if (changes === before) note(told);
    } finally {
      isAsking = false;
    }
  };
  // What fails shows in the state of the connection.
  const reported = (): void => void ask().catch(error => console.warn(error));
  setInterval(reported, everyMs);
  effect(() => {
    if (pulse.value > 0) reported();
  });
}

export const setMode = (next: BlockMode): Promise<void> =>
  act(async () => {
    await setBlockMode(gateway, { mode: next });
    changes += 1;
    note(next);
    return `${next.kind === 'manual' ? 'Paused' : 'Running'}: blocks come ${modeText(next)}`;
  });

export const pause = (): Promise<void> => setMode({ kind: 'manual' });
export const run = (): Promise<void> => setMode(running);

export const step = (): Promise<void> =>
  act(async () => {
    const { height } = await mine(gateway, { blocks: 1 });
    return `Block ${height} is final`;
  });

export const nextEpoch = (): Promise<void> =>
  act(async () => {
    const { epoch } = await advanceEpoch(gateway, { epochs: 1 });
    return `Epoch ${epoch} has begun`;
  });

export const putForward = (ms: number): Promise<void> =>
  act(async () => {
    const { time, ahead } = await increaseTime(gateway, { ms });
    return `It is ${instant(time)} on this chain, ${duration(ahead)} ahead of the clock`;
  });
