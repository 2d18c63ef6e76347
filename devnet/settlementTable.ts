/** One settlement as people read it: who paid, who earned, and through which link. */

import type { Client, SettlementInfo } from '../node/client/index.ts';
import { formatTokens } from './amount.ts';
import { colors } from './colors.ts';
import { type Answer, table } from './output.ts';

type Names = ReadonlyMap<string, string>;

/** One step of revenue, as the `flow` event of consensus-0 tells it. */
interface Flow {
  readonly terms: number;
  readonly from: number;
  /** null for what `from` keeps. */
  readonly to: number | null;
  readonly shareBps: number;
  /** Base units, decimal. */
  readonly amount: string;
}

/** Most blocks that are searched for the events of one close. */
const MAX_CLOSE_BLOCKS = 256;

export async function settlementAnswer(
  client: Client,
  names: Names,
  consensus: number,
  epoch: number,
): Promise<Answer> {
  const settlement = await client.getSettlement({ id: consensus, epoch });
  const modules = await client.listModules();
  const flows = settlement.calls === 0 ? [] : await findFlows(client, consensus, epoch);
  const known = new Map([...names, ...modules.map(({ address, alias }) => [address, alias] as const)]);
  const aliases = new Map(modules.map(({ id, alias }) => [id, alias]));
  return { value: { ...settlement, flows }, text: settlementText(settlement, flows, known, aliases) };
}

/** The flow events of the blocks that closed an epoch. */
async function findFlows(client: Client, consensus: number, epoch: number): Promise<Flow[]> {
  const [{ startHeight }, { height: head }] = await Promise.all([
    client.getEpoch({ epoch: epoch + 1 }),
    client.getHead(),
  ]);
  const flows: Flow[] = [];
  for (let height = startHeight; height <= Math.min(head, startHeight + MAX_CLOSE_BLOCKS); height++) {
    const { events } = await client.getBlock({ block: height });
    const own = events.filter(({ source }) => source === consensus);
    flows.push(...own.filter(({ name }) => name === 'flow').map(({ data }) => data as Flow));
    if (own.some(({ name }) => name === 'settled')) break;
  }
  return flows;
}

function settlementText(
  { epoch, calls, total, rows, credits, done }: SettlementInfo,
  flows: readonly Flow[],
  names: Names,
  aliases: ReadonlyMap<number, string>,
): string {
  if (calls === 0) return `epoch ${epoch}: nothing was claimed`;
  const label = (address: string): string => names.get(address) ?? `${address.slice(0, 8)}…`;
  const alias = (module: number): string => aliases.get(module) ?? `module ${module}`;
  const earned = credits.reduce((sum, { amount }) => sum + amount, 0n);
  const sections = [
    colors.bold(
      `epoch ${epoch} settled: ${calls} paid ${calls === 1 ? 'call' : 'calls'}, ${formatTokens(total)} tokens`,
    ) + (done ? '' : ' (still closing)'),
    table(
      ['paid by', 'to', 'calls', 'tokens', 'status'],
      rows.map(row => [
        label(row.client),
        label(row.server),
        `${row.calls}`,
        formatTokens(row.amount),
        row.status,
      ]),
      [2, 3],
    ),
    table(
      ['revenue of', 'through', 'share', 'tokens'],
      flows.map(({ from, to, shareBps, amount }) => [
        alias(from),
        to === null ? 'kept' : `-> ${alias(to)}`,
        `${shareBps / 100} %`,
        formatTokens(BigInt(amount)),
      ]),
      [2, 3],
    ),
    table(
      ['earned by', 'tokens'],
      credits.map(({ account, amount }) => [label(account), formatTokens(amount)]),
      [1],
    ),
    `paid ${formatTokens(total)} = earned ${formatTokens(earned)}`,
  ];
  return sections.join('\n\n');
}
