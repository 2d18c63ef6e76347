/** A small economy around consensus-0 in the compliance host, with signatures that are cheap and still bind. */
import { createHash } from 'node:crypto';
import { type CallResult, createHost, type Host, type World } from '../../consensus/compliance/index.ts';
import {
  type CallHeader,
  Claim,
  consensus0,
  headerHash,
  headerSigningBytes,
  headerText,
  type RowEvent,
  receiptText,
} from '../../consensus/consensus-0/index.ts';
import type { Account, Hex, LinkView, StoredReceipt } from '../../consensus/interface/index.ts';
import { decode, toHex } from '../../consensus/interface/index.ts';

export const CHAIN = 'test-chain';
const TIME = 1_700_000_000_000;

const digest = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export const account = (name: string): Account => toHex(digest('account', name));
export const sha = (text: string): Hex => toHex(digest(text));

/** 65 bytes that only `signer` and this message give. */
export function sign(signer: Account, message: Uint8Array): Uint8Array {
  const half = digest(signer, message);
  return Uint8Array.from([1, ...half, ...half]);
}

export const server = account('server');
export const client = account('client');

export interface Call {
  readonly server?: Account;
  readonly client?: Account;
  readonly fn?: string;
  readonly epoch?: number;
  readonly nonce: number;
  readonly maxUsage?: bigint;
  readonly cost?: bigint;
  readonly tally?: CallHeader['tally'];
  readonly chain?: string;
  readonly time?: number;
}

/** What a server stores of a call: by default one of `client` to `server`, fn `infer`, for 10, in epoch 1. */
export function served(call: Call): StoredReceipt {
  const header = headerText({
    chain: call.chain ?? CHAIN,
    server: call.server ?? server,
    client: call.client ?? client,
    fn: call.fn ?? 'infer',
    paramsHash: sha(`params ${call.nonce}`),
    time: call.time ?? TIME + call.nonce,
    epoch: call.epoch ?? 1,
    nonce: call.nonce,
    maxUsage: call.maxUsage ?? 10n,
    tally: call.tally ?? null,
  });
  const receipt = receiptText({
    headerHash: headerHash(header),
    cost: call.cost ?? 10n,
    resultHash: sha(`result ${call.nonce}`),
    time: TIME,
  });
  return {
    header,
    headerSignature: sign(call.client ?? client, headerSigningBytes(header)),
    receipt,
    receiptSignature: new Uint8Array(65),
  };
}

export interface WorldSettings {
  readonly reserve?: bigint;
  readonly thawing?: bigint;
  readonly links?: readonly LinkView[];
}

export const link = (parent: number, child: number, shareBps: number): LinkView => ({
  parent,
  child,
  kind: 'custom',
  shareBps,
  alias: `m${child}`,
});

const moduleOf = (id: number, name: string, extra: { consensus?: number; retired?: boolean } = {}) => ({
  id,
  account: account(name),
  alias: name,
  consensus: extra.consensus ?? 0,
  retired: extra.retired ?? false,
  prices: { infer: 10n, free: 0n },
});

/** One server (module 1) with helpers 2 to 4, a module elsewhere (5) and a retired one (6). */
export const world = ({ reserve = 1000n, thawing = 0n, links = [] }: WorldSettings = {}): World => ({
  chainId: CHAIN,
  consensus: 0,
  graceEpochs: 2,
  reserves: [
    { client, server, amount: reserve, thawing },
    { client: account('second'), server, amount: 1000n },
  ],
  terms: [
    {
      fromEpoch: 0,
      modules: [
        moduleOf(1, 'server'),
        moduleOf(2, 'helper-2'),
        moduleOf(3, 'helper-3'),
        moduleOf(4, 'helper-4'),
        moduleOf(5, 'elsewhere', { consensus: 7 }),
        moduleOf(6, 'retired', { retired: true }),
      ],
      links,
    },
  ],
});

export function hostIn(epoch: number, settings: WorldSettings | World = {}, module = consensus0): Host {
  const full = 'chainId' in settings ? settings : world(settings);
  const host = createHost({ module, params: {}, world: full });
  while (host.epoch() < epoch) host.nextEpoch();
  return host;
}

/** Claims of a server for its stored receipts. */
export async function claimsOf(receipts: readonly StoredReceipt[], epoch = 1, by = server): Promise<Claim[]> {
  const local = { chainId: CHAIN, server: by, maxArgsBytes: 256 * 1024 };
  const prepared = await consensus0.prepare?.(local, epoch, receipts);
  return (prepared ?? []).map(({ args }) => decode(Claim, args));
}

export const claimOf = async (receipts: readonly StoredReceipt[], epoch = 1): Promise<Claim> => {
  const [claim, ...more] = await claimsOf(receipts, epoch);
  if (claim === undefined || more.length > 0) throw new Error('expected one claim');
  return claim;
};

/** Submits a claim with every signature really checked against the rebuilt header. */
export function submit(host: Host, claim: Claim, sender = server, value = 0n): CallResult {
  const checks = consensus0.calls.claim?.checks?.({ sender, args: claim }, { chainId: CHAIN }) ?? [];
  const verified = checks.map(check => toHex(sign(check.account, check.message)) === toHex(check.signature));
  return host.call({ sender, method: 'claim', args: claim, value, verified });
}

/** The row events of a claim that was accepted. */
export function rowsOf(result: CallResult): readonly RowEvent[] {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.events.filter(({ name }) => name === 'row').map(({ data }) => data as RowEvent);
}

export const statuses = (result: CallResult): string[] => rowsOf(result).map(({ status }) => status);
export const amounts = (result: CallResult): bigint[] => rowsOf(result).map(({ amount }) => amount);
