/** Holding a settlement against one's own receipts: nobody else can tell whether a client was charged too much. */
import { toAddress } from '../../chain/index.ts';
import type { Amount } from '../../consensus/interface/index.ts';
import { RpcError, type SettlementInfo } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import type { SentCallAt } from './store.ts';

export interface AuditRow {
  readonly server: string;
  readonly epoch: number;
  /** Answered calls that cost something. */
  readonly calls: number;
  /** By this client's receipts, in base units. */
  readonly owed: Amount;
  /** Most that calls without an answer may have cost on top. */
  readonly unknown: Amount;
  /** What the chain took. */
  readonly settled: Amount;
  /**
   * `open`: it can still be claimed. `match`. `unclaimed`: the server let (part of) it lapse. `unclear`: more than the
   * receipts say, but no more than calls without an answer can explain. `overcharged`: more than can be explained.
   */
  readonly status: 'open' | 'match' | 'unclaimed' | 'unclear' | 'overcharged';
}

interface Sums {
  calls: number;
  owed: Amount;
  unknown: Amount;
  settled: Amount;
}

/** One row per server that was called, or that charged, in this epoch. `client` is the client's own address. */
export async function audit(
  chain: Chain,
  store: { calls(epoch?: number): AsyncIterable<SentCallAt> },
  client: string,
  epoch: number,
): Promise<AuditRow[]> {
  const servers = new Map<string, Sums>();
  const sumsOf = (server: string): Sums => {
    const sums = servers.get(server) ?? { calls: 0, owed: 0n, unknown: 0n, settled: 0n };
    servers.set(server, sums);
    return sums;
  };
  for await (const { server, call } of store.calls(epoch)) {
    const sums = sumsOf(toAddress(server));
    if (call.state === 'sent') sums.unknown += call.amount;
    if (call.state !== 'answered' || call.amount === 0n) continue;
    sums.owed += call.amount;
    sums.calls++;
  }
  const { epoch: current, graceEpochs } = await chain.getCurrentEpoch();
  const last = epoch + graceEpochs;
  for (let closing = epoch + 1; closing <= Math.min(last, current - 1); closing++)
    for (const row of (await settlementOf(chain, closing))?.rows ?? [])
      if (row.client === client && row.epoch === epoch) sumsOf(row.server).settled += row.amount;
  return [...servers].map(([server, sums]) => ({
    server,
    epoch,
    ...sums,
    status: statusOf(sums, current <= last),
  }));
}

async function settlementOf(chain: Chain, epoch: number): Promise<SettlementInfo | null> {
  try {
    return await chain.getSettlement({ id: 0, epoch });
  } catch (error) {
    if (error instanceof RpcError && error.name === 'EPOCH_NOT_CLOSED') return null;
    throw error;
  }
}

function statusOf({ owed, unknown, settled }: Sums, open: boolean): AuditRow['status'] {
  if (settled > owed + unknown) return 'overcharged';
  if (settled > owed) return 'unclear';
  if (settled === owed) return 'match';
  return open ? 'open' : 'unclaimed';
}
