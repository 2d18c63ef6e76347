/** Claiming one epoch: from receipts to transactions, and from their events to what became of each client's debt. */
import { fromAddress, toAddress } from '../../chain/index.ts';
import type { Account, Amount, ConsensusModule, PreparedCall } from '../../consensus/interface/index.ts';
import type { FinalTransaction } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import type { Site } from './site.ts';
import type { CallRow, ClaimRow, Pair } from './store.ts';

export interface Settlement {
  readonly chain: Chain;
  /** Ends an epoch for new calls: what is claimed now must not grow. */
  readonly seal: (epoch: number) => void;
  /** Epochs for which receipts are kept. */
  readonly keepEpochs: number;
}

/** Bytes of a prepared call's arguments; a transaction has room for 256 KiB of them. */
const MAX_ARGS_BYTES = 200 * 1024;
/** Receipts that are prepared at once, so that memory does not grow with an epoch's calls. */
const BATCH = 20_000;

interface Batch {
  readonly pair: Pair;
  readonly rows: readonly CallRow[];
}

/** Who judges the claims of an epoch, and the code that prepares them. */
interface Claimer {
  readonly chain: Chain;
  readonly consensus: number;
  readonly mechanism: ConsensusModule;
}

/** True if every pair could be claimed, or has to wait for the next epoch. */
export async function claimEpoch(
  site: Site,
  { chain }: Settlement,
  pairs: readonly Pair[],
  current: number,
): Promise<boolean> {
  const [first] = pairs;
  if (first === undefined) return true;
  const consensus = site.terms.consensus(first.epoch);
  const mechanism = site.terms.claimer(first.epoch);
  if (consensus !== undefined && mechanism !== undefined)
    return claimBy(site, { chain, consensus, mechanism }, pairs, current);
  site.log.error(
    { epoch: first.epoch, consensus, clients: pairs.length },
    'there is no code here that prepares claims for the consensus module that settles this epoch',
  );
  return false;
}

async function claimBy(
  site: Site,
  claimer: Claimer,
  pairs: readonly Pair[],
  current: number,
): Promise<boolean> {
  const waiting = pairs.filter(
    pair => site.store.claim(pair)?.verdict !== 'INSUFFICIENT' || retryable(site, pair, current),
  );
  const lastChance = pairs.some(({ epoch }) => epoch + site.epochs.grace === current);
  // A call under way would be lost if its client were claimed without it. In the last epoch, waiting would lose all.
  const ready = lastChance ? waiting : waiting.filter(pair => site.book.idle(pair));
  let batch: Batch[] = [];
  let size = 0;
  for (const pair of ready) {
    const rows = await claimable(site, claimer, pair);
    batch.push({ pair, rows });
    size += rows.length;
    if (size < BATCH) continue;
    await claimBatch(site, claimer, batch);
    batch = [];
    size = 0;
  }
  if (batch.length > 0) await claimBatch(site, claimer, batch);
  return ready.length === waiting.length;
}

/** A reserve that was too small is tried again once per epoch: the client may have topped up. */
const retryable = (site: Site, pair: Pair, current: number): boolean =>
  (site.store.claim(pair)?.claimedIn ?? -1) < current;

/** Receipts of a pair that the chain has not paid yet. */
async function claimable(site: Site, claimer: Claimer, pair: Pair): Promise<CallRow[]> {
  const before = site.store.claim(pair);
  const { queries } = claimer.mechanism;
  const paid =
    before === undefined || queries?.claimed === undefined ? 0 : await paidUpTo(site, claimer, pair);
  const rows: CallRow[] = [];
  for await (const { call } of site.store.calls(pair, paid)) rows.push(call);
  return rows;
}

async function paidUpTo(site: Site, { chain, consensus }: Claimer, { epoch, client }: Pair): Promise<number> {
  const args = { epoch, server: site.key.address, client: toAddress(client) };
  const answer = (await chain.queryConsensus({ id: consensus, query: 'claimed', args })) as {
    nonce: number | null;
  };
  return answer.nonce ?? 0;
}

async function claimBatch(site: Site, claimer: Claimer, batch: readonly Batch[]): Promise<void> {
  const pairs = batch.map(({ pair }) => pair);
  const epoch = pairs[0]?.epoch ?? 0;
  for (const pair of pairs) site.book.close(pair);
  await mark(site, pairs, claim => ({ ...claim, status: 'claiming' }));
  const local = { chainId: site.chainId, server: site.key.account, maxArgsBytes: MAX_ARGS_BYTES };
  const receipts = batch.flatMap(({ rows }) => rows);
  const calls = (await claimer.mechanism.prepare?.(local, epoch, receipts)) ?? [];
  // One after another: parts of one client's calls settle in order, and what a lost part had below them would be gone
  // (docs/decisions/0008-claim-mark.md).
  const finals: FinalTransaction[] = [];
  for (const call of calls) finals.push(await submit(site, claimer, call));
  const verdicts = verdictsOf(claimer, finals, epoch);
  const claimedIn = await site.epochs.refresh();
  const owing = new Set(
    batch.filter(({ rows }) => rows.some(({ cost }) => cost > 0n)).map(({ pair }) => pair),
  );
  await mark(site, pairs, (claim, pair) => {
    const verdict = verdicts.get(pair.client) ?? (owing.has(pair) ? LEFT_OUT : undefined);
    return after(claim, verdict, claimedIn);
  });
  for (const pair of pairs) report(site, pair);
}

const submit = (
  { key }: Site,
  { chain, consensus }: Claimer,
  { method, args }: PreparedCall,
): Promise<FinalTransaction> =>
  chain.send({ from: key, call: { kind: 'call', consensus, method, args, value: 0n } });

interface Verdict {
  readonly status: string;
  readonly amount: Amount;
  readonly calls: number;
}

/** What the chain said about each client's rows; the last word counts, the sums add up. */
function verdictsOf(
  { consensus }: Claimer,
  finals: readonly FinalTransaction[],
  epoch: number,
): Map<Account, Verdict> {
  const verdicts = new Map<Account, Verdict>();
  for (const { events } of finals)
    for (const { source, name, data } of events) {
      if (source !== consensus || name !== 'row') continue;
      const row = data as { epoch: number; client: string; calls: number; amount: string; status: string };
      if (row.epoch !== epoch) continue;
      const client = fromAddress(row.client);
      const before = verdicts.get(client) ?? { amount: 0n, calls: 0 };
      verdicts.set(client, {
        status: row.status,
        amount: before.amount + BigInt(row.amount),
        calls: before.calls + row.calls,
      });
    }
  return verdicts;
}

const NEW_CLAIM: ClaimRow = { status: 'claiming', verdict: '', amount: 0n, calls: 0, claimedIn: 0 };
/** The mechanism found nothing to claim in receipts that cost something. */
const LEFT_OUT: Verdict = { status: 'LEFT_OUT', amount: 0n, calls: 0 };

/** Without a verdict nothing was left to claim: an earlier claim, from before a crash, had it all. */
function after(claim: ClaimRow, verdict: Verdict | undefined, claimedIn: number): ClaimRow {
  if (verdict === undefined)
    return { ...claim, status: 'claimed', verdict: claim.verdict || 'OK', claimedIn };
  const { status } = verdict;
  return {
    status: status === 'OK' ? 'claimed' : status === 'INSUFFICIENT' ? 'claiming' : 'forfeited',
    verdict: status,
    amount: claim.amount + verdict.amount,
    calls: claim.calls + verdict.calls,
    claimedIn,
  };
}

function report(site: Site, pair: Pair): void {
  const claim = site.store.claim(pair);
  const fields = {
    epoch: pair.epoch,
    client: toAddress(pair.client),
    ...claim,
    amount: String(claim?.amount),
  };
  if (claim?.verdict === 'OK') site.log.info(fields, 'claimed');
  else site.log.error(fields, 'the chain did not accept a claim in full');
  if (claim?.status === 'forfeited') site.book.settle(pair);
}

export const mark = (
  site: Site,
  pairs: readonly Pair[],
  change: (claim: ClaimRow, pair: Pair) => ClaimRow,
): Promise<void> =>
  site.store.putClaims(
    pairs.map(pair => ({ pair, claim: change(site.store.claim(pair) ?? NEW_CLAIM, pair) })),
  );
