/** Which code ran in which blocks of a chain, as its genesis and its blocks tell. */
import { type ChainEvent, eventCodec, type Genesis, type PinnedCode } from '../../chain/index.ts';
import { decode } from '../../consensus/interface/index.ts';

/** Code that executing these blocks takes. */
export interface NeededCode extends PinnedCode {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** What a block tells of its own work. */
export interface Told {
  readonly height: number;
  readonly events: readonly ChainEvent[];
}

/** By id, then by height. Code that failed to come into force was asked in that one block. */
export async function neededCode(
  genesis: Genesis,
  blocks: AsyncIterable<Told>,
): Promise<readonly NeededCode[]> {
  const running = new Map<number, PinnedCode & { readonly from: number }>();
  const needed: NeededCode[] = [];
  for (const { id, name, version, codeHash } of genesis.consensus)
    running.set(id, { name, version, codeHash, from: 1 });
  let last = 0;
  for await (const { height, events } of blocks) {
    last = height;
    for (const { id, isInForce, ...pinned } of events.flatMap(activationOf)) {
      if (!isInForce) {
        needed.push({ id, ...pinned, from: height, to: height });
        continue;
      }
      const before = running.get(id);
      // It closes epochs in this block before the new one takes over.
      if (before !== undefined) needed.push({ id, ...before, to: height });
      running.set(id, { ...pinned, from: height });
    }
  }
  for (const [id, pinned] of running) needed.push({ id, ...pinned, to: last });
  return needed.sort((a, b) => a.id - b.id || a.from - b.from || a.to - b.to);
}

interface Activation extends PinnedCode {
  readonly id: number;
  readonly isInForce: boolean;
}

function activationOf({ source, name, data }: ChainEvent): readonly Activation[] {
  if (source !== null || (name !== 'ConsensusActivated' && name !== 'ConsensusActivationFailed')) return [];
  const codec = eventCodec(null, name);
  if (codec === undefined) throw new Error(`the kernel does not know its event ${name}`);
  const { consensus, ...pinned } = decode(codec, data) as PinnedCode & { readonly consensus: number };
  const { version, codeHash } = pinned;
  return [{ id: consensus, name: pinned.name, version, codeHash, isInForce: name === 'ConsensusActivated' }];
}
