/** Paid calls off the chain: what the call protocol leaves behind at a server. */
import { createHash } from 'node:crypto';
import {
  type CallHeader,
  headerHash,
  headerSigningBytes,
  headerText,
  receiptSigningBytes,
  receiptText,
} from '../../consensus/consensus-0/index.ts';
import type { Account, Amount, Hex, StoredReceipt } from '../../consensus/interface/index.ts';
import { standIn } from './people.ts';

export interface Served {
  readonly server: Account;
  readonly client: Account;
  readonly epoch: number;
  readonly nonce: number;
  readonly cost: Amount;
  readonly stored: StoredReceipt;
}

export interface ServedCall {
  readonly chain: string;
  readonly server: Account;
  readonly client: Account;
  readonly fn: string;
  readonly epoch: number;
  readonly time: number;
  readonly cost: Amount;
  readonly tally: boolean;
}

/** The next call of a pair in an epoch, after those before it. */
export function serveCall(call: ServedCall, before: readonly Served[]): Served {
  const { server, client, epoch, cost } = call;
  const earlier = before.filter(one => one.server === server && one.client === client && one.epoch === epoch);
  const nonce = earlier.length + 1;
  const header = headerText({ ...callHeader(call, nonce), tally: call.tally ? tallyOf(earlier) : null });
  const receipt = receiptText({
    headerHash: headerHash(header),
    cost,
    resultHash: sha256(`result ${nonce}`),
    time: call.time,
  });
  const stored = {
    header,
    headerSignature: standIn(client, headerSigningBytes(header)),
    receipt,
    receiptSignature: standIn(server, receiptSigningBytes(receipt)),
  };
  return { server, client, epoch, nonce, cost, stored };
}

const callHeader = (call: ServedCall, nonce: number): Omit<CallHeader, 'tally'> => ({
  chain: call.chain,
  server: call.server,
  client: call.client,
  fn: call.fn,
  paramsHash: sha256(`params ${nonce}`),
  time: call.time,
  epoch: call.epoch,
  nonce,
  maxUsage: call.cost,
});

function tallyOf(earlier: readonly Served[]): CallHeader['tally'] {
  const last = earlier.at(-1);
  if (last === undefined) return null;
  return {
    nonce: last.nonce,
    count: earlier.length,
    total: earlier.reduce((sum, { cost }) => sum + cost, 0n),
  };
}

const sha256 = (text: string): Hex => `0x${createHash('sha256').update(text).digest('hex')}`;
