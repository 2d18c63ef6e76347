/**
 * What a server may do, by the rules of the call protocol and no more: it takes ascending nonces, serves, fails and
 * refuses, and knows who owes it what. It stands behind the client's `fetch`, so a test decides when a request arrives
 * and whether its answer does.
 */
import type { KeyPair } from '../../../chain/index.ts';
import {
  type CallHeader,
  canonicalJson,
  checkOf,
  decodeBlob,
  encodeBlob,
  parseHeader,
  receiptText,
  signText,
  type Tally,
  textHash,
  verifyCheck,
} from '../../../module/index.ts';

/**
 * `lost`: the request arrives nowhere. `swallowed`: it is served, and the answer is lost. `unreachable`: nobody listens.
 * `failed`: the nonce is used, nothing is owed. `refused`: before the nonce was taken.
 */
export const FATES = ['served', 'failed', 'refused', 'lost', 'swallowed', 'unreachable'] as const;
export type Fate = (typeof FATES)[number];

export interface ServedCall {
  readonly header: CallHeader;
  readonly cost: bigint;
}

export interface ModelServer {
  /** Every header that arrived with a right signature, in order. */
  readonly arrived: readonly CallHeader[];
  readonly served: readonly ServedCall[];
  /** Takes calls of this epoch only; of all while nobody has said. */
  setEpoch(epoch: number): void;
  /** Answers one request with this fate; throws what `fetch` would throw. */
  answer(init: RequestInit, fate: Fate, cost: bigint): Response;
  /** What the server can claim for an epoch with a tally, or with receipts alone. */
  claimable(epoch: number, tally: Tally | null): bigint;
}

export function modelServer(key: KeyPair): ModelServer {
  const arrived: CallHeader[] = [];
  const served: ServedCall[] = [];
  const nonces = new Map<number, number>();
  let current: number | null = null;

  const total = (epoch: number, covers: (nonce: number) => boolean): bigint =>
    served
      .filter(({ header }) => header.epoch === epoch && covers(header.nonce))
      .reduce((sum, { cost }) => sum + cost, 0n);

  return {
    arrived,
    served,
    setEpoch(epoch) {
      current = epoch;
    },
    answer(init, fate, cost) {
      if (fate === 'unreachable') throw failed('ECONNREFUSED');
      if (fate === 'lost') throw failed('ECONNRESET');
      const signed = decodeBlob(new Headers(init.headers).get('module-auth') ?? '');
      const header = parseHeader(signed.text);
      if (!verifyCheck(checkOf('header', signed, header.client))) return refusal(401, 'BAD_SIGNATURE');
      arrived.push(header);
      if (fate === 'refused') return refusal(503, 'OVERLOADED');
      if (current !== null && header.epoch !== current) return refusal(409, 'WRONG_EPOCH');
      if (header.nonce <= (nonces.get(header.epoch) ?? 0)) return refusal(409, 'REPLAY');
      nonces.set(header.epoch, header.nonce);
      if (fate === 'failed') return refusal(500, 'FUNCTION_FAILED');
      served.push({ header, cost });
      if (fate === 'swallowed') throw failed('ECONNRESET');
      const result = canonicalJson({ cost: Number(cost) });
      const receipt = receiptText({
        headerHash: textHash(signed.text),
        cost,
        resultHash: textHash(result),
        time: Date.now(),
      });
      return new Response(result, {
        headers: {
          'content-type': 'application/json',
          'module-receipt': encodeBlob(signText('receipt', receipt, key)),
        },
      });
    },
    claimable: (epoch, tally) =>
      tally === null ? total(epoch, () => true) : tally.total + total(epoch, nonce => nonce > tally.nonce),
  };
}

const refusal = (status: number, name: string): Response =>
  new Response(JSON.stringify({ error: { name, message: name, hint: '' } }), {
    status,
    headers: { 'content-type': 'application/json' },
  });

/** As `fetch` fails: the reason stands in the cause. */
const failed = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
