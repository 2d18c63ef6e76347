/** What the close of an epoch moved, with the steps between modules where the mechanism tells of them. */
import { getBlock } from '../../node/client/actions/getBlock.ts';
import { getSettlement } from '../../node/client/actions/getSettlement.ts';
import type { SettlementInfo } from '../../node/client/results.ts';
import type { Step } from './flow.ts';
import { gateway } from './transport.ts';

export interface Told {
  readonly settlement: SettlementInfo;
  readonly steps: readonly Step[];
}

export async function askForSettlement(consensus: number, epoch: number): Promise<Told> {
  const settlement = await getSettlement(gateway, { id: consensus, epoch });
  const blocks = await Promise.all(settlement.closedIn.map(block => getBlock(gateway, { block })));
  // Events of transactions in these blocks are none of the close.
  const own = blocks
    .flatMap(({ events }) => events)
    .filter(
      ({ source, name, transaction }) => source === consensus && name === 'flow' && transaction === null,
    );
  const steps = own.flatMap(({ data }) => stepOf(data) ?? []);
  return { settlement, steps };
}

/** Any mechanism may have an event of this name: null for one that means something else by it. */
export function stepOf(data: unknown): Step | null {
  if (typeof data !== 'object' || data === null) return null;
  const { terms, from, to, shareBps, amount } = data as Readonly<Record<string, unknown>>;
  if (typeof terms !== 'number' || typeof from !== 'number' || typeof shareBps !== 'number') return null;
  if (typeof amount !== 'string' || !/^\d{1,20}$/.test(amount)) return null;
  if (to !== null && typeof to !== 'number') return null;
  return { terms, from, to, shareBps, amount: BigInt(amount) };
}
