/** From JSON to the bytes of transactions. */
import {
  chainError,
  joinSignature,
  KernelCall,
  type Mechanisms,
  type Scheme,
  SIGNATURE_BYTES,
  SignedTransaction,
  signingBytes,
  Transaction,
} from '../../chain/index.ts';
import { type Codec, decode, encode, type Hex, toHex } from '../../consensus/interface/index.ts';
import type { NodeApi } from '../api.ts';
import type { CallJson, SignedJson, Wire } from '../client/wire.ts';
import { addressOf, toAccount } from './addresses.ts';
import { FailedTransaction } from './errors.ts';
import { fromJson, JsonError } from './json.ts';
import { callJson } from './render.ts';

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** The canonical bytes of a signed transaction in either form. */
export function signedBytes(tx: SignedJson): Uint8Array {
  if (typeof tx === 'string') return bytesOf(tx);
  const transaction = decode(Transaction, bytesOf(tx.unsigned));
  return encode(SignedTransaction, { transaction, signature: bytesOf(tx.signature) });
}

/** Hex that the schema has checked already. */
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.slice(2), 'hex'));

/** A kernel call from its JSON. Arguments of a consensus method may be raw bytes or JSON after its codec. */
export function callFromJson(json: CallJson, { mechanisms }: Pick<NodeApi, 'mechanisms'>): KernelCall {
  if (json.kind !== 'call') return fromJson(KernelCall, json, 'call');
  const { args, value = '0' } = json;
  const raw = typeof args === 'string' ? args : encodedArguments(json, mechanisms());
  return fromJson(KernelCall, { ...json, args: raw, value }, 'call');
}

function encodedArguments(json: Extract<CallJson, { kind: 'call' }>, mechanisms: Mechanisms): Hex {
  const module = mechanisms.get(json.consensus);
  if (module === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus: String(json.consensus) });
  if (typeof json.method !== 'string') throw new JsonError('call.method', 'expected the name of a method');
  const method = Object.hasOwn(module.calls, json.method) ? module.calls[json.method] : undefined;
  if (method === undefined)
    throw chainError('UNKNOWN_METHOD', { consensus: json.consensus, method: json.method });
  const codec: Codec<unknown> = method.codec;
  return toHex(encode(codec, fromJson(codec, json.args, 'call.args')));
}

export interface Draft {
  readonly from: string;
  readonly call: CallJson;
  readonly nonce?: number | undefined;
  readonly feeLimit?: string | undefined;
  readonly expiry?: number | null | undefined;
  readonly scheme?: Scheme | undefined;
}

/** An unsigned transaction; its fee limit is what a simulation costs. Throws what the simulation fails with. */
export async function build(api: NodeApi, { from, call, ...given }: Draft): Promise<Wire['Unsigned']> {
  const sender = toAccount(from);
  const kernelCall = callFromJson(call, api);
  const draft = {
    chainId: api.info.chainId,
    sender,
    nonce: given.nonce ?? api.nextNonce(sender),
    expiry: given.expiry ?? null,
    call: kernelCall,
  };
  const feeLimit =
    given.feeLimit === undefined ? await estimate(api, draft, given.scheme) : BigInt(given.feeLimit);
  const transaction = { ...draft, feeLimit };
  const unsigned = encode(Transaction, transaction);
  return {
    chainId: draft.chainId,
    from: addressOf(sender),
    nonce: transaction.nonce,
    feeLimit: String(feeLimit),
    expiry: draft.expiry,
    call: callJson(kernelCall, api.mechanisms()),
    unsigned: toHex(unsigned),
    message: toHex(signingBytes('transaction', unsigned)),
  };
}

/** The fee limit of a transaction; throws what it would fail with as the sender's next one in a block. */
async function estimate(
  api: NodeApi,
  draft: Omit<Transaction, 'feeLimit'>,
  scheme: Scheme = 'sr25519',
): Promise<bigint> {
  const transaction = { ...draft, feeLimit: MAX_U64 };
  const signature = joinSignature(scheme, new Uint8Array(SIGNATURE_BYTES[scheme]));
  const outcome = await api.simulate(encode(SignedTransaction, { transaction, signature }));
  if (outcome.failure !== null) throw new FailedTransaction(outcome.failure);
  return outcome.fee + (outcome.fee + 9n) / HEADROOM;
}

/** The limit is a tenth above the fee, because the final bytes can be a few longer; only the fee is charged. */
const HEADROOM = 10n;
