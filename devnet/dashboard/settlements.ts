/** What the close of an epoch moved, with the steps between modules where the mechanism tells of them. */
import { getBlock } from '../../node/client/actions/getBlock.ts';
import { getEpoch } from '../../node/client/actions/getEpoch.ts';
import { getHead } from '../../node/client/actions/getHead.ts';
import { getSettlement } from '../../node/client/actions/getSettlement.ts';
import type { SettlementInfo } from '../../node/client/results.ts';
import type { Step } from './flow.ts';
import { gateway } from './transport.ts';

export interface Told {
  readonly settlement: SettlementInfo;
  readonly steps: readonly Step[];
}

/** Most blocks that are searched for the events of one close. */
const MOST_BLOCKS = 64;

export async function askForSettlement(consensus: number, epoch: number): Promise<Told> {
  const settlement = await getSettlement(gateway, { id: consensus, epoch });
  return { settlement, steps: settlement.calls === 0 ? [] : await findSteps(consensus, epoch) };
}

async function findSteps(consensus: number, epoch: number): Promise<readonly Step[]> {
  const [{ startHeight }, { height: head }] = await Promise.all([
    getEpoch(gateway, { epoch: epoch + 1 }),
    getHead(gateway),
  ]);
  const steps: Step[] = [];
  for (let height = startHeight; height <= Math.min(head, startHeight + MOST_BLOCKS); height++) {
    const { events } = await getBlock(gateway, { block: height });
    const own = events.filter(({ source }) => source === consensus);
    for (const { name, data } of own) {
      const step = name === 'flow' ? stepOf(data) : null;
      if (step !== null) steps.push(step);
    }
    if (own.some(({ name }) => name === 'settled')) break;
  }
  return steps;
}

/** Any mechanism may have an event of this name: null for one that means something else by it. */
export function stepOf(data: unknown): Step | null {
  if (typeof data !== 'object' || data === null) return null;
  const { from, to, shareBps, amount } = data as Readonly<Record<string, unknown>>;
  if (typeof from !== 'number' || typeof shareBps !== 'number') return null;
  if (typeof amount !== 'string' || !/^\d{1,20}$/.test(amount)) return null;
  if (to !== null && typeof to !== 'number') return null;
  return { from, to, shareBps, amount: BigInt(amount) };
}
