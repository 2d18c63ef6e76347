/** The way of receipts from signed to settled, of one pair or of all pairs of an epoch. */
import { getBlock } from '../../node/client/actions/getBlock.ts';
import { getCurrentEpoch } from '../../node/client/actions/getCurrentEpoch.ts';
import { getSettlement } from '../../node/client/actions/getSettlement.ts';
import type { BlockTransaction, SettlementInfo } from '../../node/client/results.ts';
import { type SignedRow, signedRow } from './claims.ts';
import type { Pair } from './route.ts';
import { gateway } from './transport.ts';

export type ClaimRow = SettlementInfo['rows'][number];

/** One claim of one pair's calls. */
export interface Reported {
  readonly row: ClaimRow;
  /** Of the epoch in which it was claimed. */
  readonly settlement: SettlementInfo;
}

/** All claims for calls of an epoch: they come in the epochs of grace after it, and each closes with its own settlement. */
export async function askForClaims(consensus: number, epoch: number): Promise<readonly Reported[]> {
  const { epoch: current, graceEpochs } = await getCurrentEpoch(gateway);
  const last = Math.min(current, epoch + graceEpochs);
  const closing = Array.from({ length: Math.max(0, last - epoch) }, (_, i) => epoch + 1 + i);
  const settlements = await Promise.all(closing.map(each => settlementOf(consensus, each, current)));
  return settlements.flatMap(settlement =>
    settlement === null
      ? []
      : settlement.rows.filter(row => row.epoch === epoch).map(row => ({ row, settlement })),
  );
}

/** The epoch that runs is no settlement until somebody claims in it. */
function settlementOf(consensus: number, epoch: number, current: number): Promise<SettlementInfo | null> {
  const asked = getSettlement(gateway, { id: consensus, epoch });
  if (epoch < current) return asked;
  return asked.catch((error: Error) => {
    if (error.name === 'EPOCH_NOT_CLOSED') return null;
    throw error;
  });
}

/** A claim with the transaction that brought it, and what was signed by the client. */
export interface Told extends Reported {
  readonly transaction: BlockTransaction | null;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly signed: SignedRow | null;
}

export async function askForPair(consensus: number, epoch: number, pair: Pair): Promise<readonly Told[]> {
  const claims = await askForClaims(consensus, epoch);
  const own = claims.filter(({ row }) => row.server === pair.server && row.client === pair.client);
  return Promise.all(own.map(one => withTransaction(consensus, one)));
}

async function withTransaction(consensus: number, reported: Reported): Promise<Told> {
  const { row } = reported;
  const { transactions, events, header } = await getBlock(gateway, { block: row.height });
  const event = events.find(
    ({ source, name, transaction, data }) =>
      source === consensus && name === 'row' && transaction !== null && isRow(data, row),
  );
  const transaction = transactions.find(({ index }) => index === event?.transaction) ?? null;
  const args = transaction?.call.kind === 'call' ? transaction.call.args : null;
  return { ...reported, transaction, time: header.time, signed: signedRow(args, row.client) };
}

/** Two claims of a pair in one block differ in what they came to. */
function isRow(data: unknown, { server, client, epoch, calls, amount, status }: ClaimRow): boolean {
  const told = data as Readonly<Record<string, unknown>> | null;
  return (
    told?.server === server &&
    told.client === client &&
    told.epoch === epoch &&
    told.calls === calls &&
    told.amount === String(amount) &&
    told.status === status
  );
}

/** What the close took from the reserve of a pair; it covers all claims of that epoch. */
export const debitOf = ({ debits }: SettlementInfo, { server, client }: Pair): bigint =>
  debits.find(debit => debit.server === server && debit.client === client)?.amount ?? 0n;
