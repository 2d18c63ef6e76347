/** Blocks and epochs by hand. */
import { signal } from '@preact/signals';
import { advanceEpoch } from '../../node/client/actions/advanceEpoch.ts';
import { mine } from '../../node/client/actions/mine.ts';
import { setBlockMode } from '../../node/client/actions/setBlockMode.ts';
import { act } from './acting.ts';
import { gateway } from './transport.ts';

/** null: nobody set it from this page, and the nodes do not tell. */
export const mode = signal<'manual' | 'auto' | null>(null);

/** As after `devnet up`: at once when there is something to put in, and an empty one this often. */
const EMPTY_MS = 2_000;

export const pause = (): Promise<void> =>
  act(async () => {
    await setBlockMode(gateway, { mode: { kind: 'manual' } });
    mode.value = 'manual';
    return 'Paused: blocks come only when you make them';
  });

export const run = (): Promise<void> =>
  act(async () => {
    await setBlockMode(gateway, { mode: { kind: 'auto', emptyMs: EMPTY_MS } });
    mode.value = 'auto';
    return 'Running: a block for each transaction, and an empty one every 2 s';
  });

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
