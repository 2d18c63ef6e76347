/** Holding settlements against one's own receipts: nobody else can tell whether a client was charged too much. */
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
  /** Most that calls may have cost which the server said it refused: it signed no promise, so it can charge them. */
  readonly refused: Amount;
  /** What the chain took. */
  readonly settled: Amount;
  /** What the chain said to the server's claims, in order: `OK`, or why it paid less. */
  readonly claims: readonly string[];
  /**
   * `open`: it can still be claimed. `match`. `unclaimed`: the server let (part of) it lapse. `unclear`: more than the
   * receipts say, but no more than calls without an answer can explain. `refused-charged`: the server charged calls
   * that it said it refused. `overcharged`: more than this client ever signed for, so somebody else signs with its key,
   * or its directory is not whole. `unknown`: the same, by a server that this client has not called in the epoch.
   */
  readonly status: 'open' | 'match' | 'unclaimed' | 'unclear' | 'refused-charged' | 'overcharged' | 'unknown';
}

/** Differences that cost the client money for which it has no receipt, and which no lost answer explains. */
export const isOvercharge = ({ status }: AuditRow): boolean =>
  status === 'refused-charged' || status === 'overcharged' || status === 'unknown';

interface Page {
  readonly server: string;
  readonly epoch: number;
  signed: number;
  calls: number;
  owed: Amount;
  unknown: Amount;
  refused: Amount;
  settled: Amount;
  readonly claims: string[];
}

/**
 * One row per server that was called, or that charged, in this epoch; without one, in all epochs since the first call.
 * `client` is the client's own address.
 */
export async function audit(
  chain: Chain,
  store: { calls(epoch?: number): AsyncIterable<SentCallAt> },
  client: string,
  only?: number,
): Promise<AuditRow[]> {
  const pages = new Map<string, Page>();
  const pageOf = (epoch: number, server: string): Page => {
    const key = `${epoch} ${server}`;
    const page = pages.get(key) ?? newPage(epoch, server);
    pages.set(key, page);
    return page;
  };
  for await (const { epoch, server, call } of store.calls(only)) add(pageOf(epoch, toAddress(server)), call);

  const [{ epoch: current, graceEpochs }, mechanisms] = await Promise.all([
    chain.getCurrentEpoch(),
    chain.listConsensus(),
  ]);
  const first = only ?? Math.min(current, ...[...pages.values()].map(({ epoch }) => epoch));
  const last = Math.min((only ?? current) + graceEpochs, current - 1);
  // Whichever mechanism the modules were bound to: money that one of them took was taken.
  for (const { id } of mechanisms)
    for (let closing = first + 1; closing <= last; closing++)
      for (const row of (await settlementOf(chain, id, closing))?.rows ?? []) {
        if (row.client !== client || row.epoch < first || row.epoch !== (only ?? row.epoch)) continue;
        const page = pageOf(row.epoch, row.server);
        page.settled += row.amount;
        page.claims.push(row.status);
      }
  return [...pages.values()]
    .sort((a, b) => a.epoch - b.epoch)
    .map(page => {
      const { signed: _, ...row } = page;
      return { ...row, status: statusOf(page, current <= page.epoch + graceEpochs) };
    });
}

const newPage = (epoch: number, server: string): Page => ({
  server,
  epoch,
  signed: 0,
  calls: 0,
  owed: 0n,
  unknown: 0n,
  refused: 0n,
  settled: 0n,
  claims: [],
});

function add(page: Page, { state, amount }: SentCallAt['call']): void {
  page.signed++;
  if (state === 'sent') page.unknown += amount;
  else if (state !== 'answered') page.refused += amount;
  else if (amount > 0n) {
    page.owed += amount;
    page.calls++;
  }
}

async function settlementOf(chain: Chain, id: number, epoch: number): Promise<SettlementInfo | null> {
  try {
    return await chain.getSettlement({ id, epoch });
  } catch (error) {
    // A mechanism that is announced and not in force yet has settled nothing.
    if (error instanceof RpcError && ['EPOCH_NOT_CLOSED', 'UNKNOWN_CONSENSUS'].includes(error.name))
      return null;
    throw error;
  }
}

function statusOf(page: Page, open: boolean): AuditRow['status'] {
  const { signed, owed, unknown, refused, settled } = page;
  if (settled > 0n && signed === 0) return 'unknown';
  if (settled > owed + unknown + refused) return 'overcharged';
  if (settled > owed + unknown) return 'refused-charged';
  if (settled > owed) return 'unclear';
  if (settled === owed) return 'match';
  return open ? 'open' : 'unclaimed';
}
