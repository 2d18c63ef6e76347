import type { ChainEvent, SystemOutcome } from '../format/block.ts';
import type { ConsensusEntry, Epoch } from '../format/entities.ts';
import { abandonClose, MAX_CLOSING } from './closeEpochs.ts';
import type { BlockContext } from './context.ts';
import { kernelEvent } from './events.ts';
import { getEpoch, listConsensus } from './getters.ts';
import { mechanismOf } from './mechanism.ts';
import { consensusEntries, epochs } from './tables.ts';

/** The epoch of the block at this height: the current one, or the next if it is over or was told to end. */
export function epochOf(current: Epoch, height: number, time: number): Epoch {
  const isOver = current.endsNow || height >= current.startHeight + current.length;
  if (!isOver) return current;
  return { ...current, number: current.number + 1, startHeight: height, startTime: time, endsNow: false };
}

/** In the first block of an epoch: writes it down and queues the close of the one before. */
export function turnEpoch(context: BlockContext, system: SystemOutcome[], events: ChainEvent[]): void {
  const { draft, epoch, block } = context;
  const ended = getEpoch(draft).number;
  epochs.put(draft, epoch);
  events.push(kernelEvent('EpochStarted', { epoch: epoch.number, height: block.height, time: block.time }));
  for (const entry of listConsensus(draft)) {
    const closing = queue(context, entry, ended, system);
    consensusEntries.put(draft, { ...entry, closing, mintedThisEpoch: 0n }, entry.id);
  }
}

/** A module that cannot keep up loses its oldest close, loudly: the queue in the state is bounded. */
function queue(
  { code }: BlockContext,
  entry: ConsensusEntry,
  ended: number,
  system: SystemOutcome[],
): readonly number[] {
  const closes = mechanismOf(entry, code).closeEpoch !== undefined && entry.activationEpoch <= ended;
  if (!closes) return entry.closing;
  const [oldest, ...others] = entry.closing;
  if (oldest === undefined || entry.closing.length < MAX_CLOSING) return [...entry.closing, ended];
  system.push(abandonClose(entry.id, oldest));
  return [...others, ended];
}
