/** Entities of the chain as the JSON of {@link Wire}. */
import {
  type Block,
  type ChainEvent,
  type Commit,
  Evidence,
  eventCodec,
  Header,
  KernelCall,
  type Mechanisms,
  type Outcome,
  SignedTransaction,
  type Transaction,
} from '../../chain/index.ts';
import { type Codec, decode, type Hex, toHex } from '../../consensus/interface/index.ts';
import type { Head, StoredBlock, TransactionStatus } from '../api.ts';
import type { CallJson, Wire } from '../client/wire.ts';
import { addressOf } from './addresses.ts';
import { failureJson } from './errors.ts';
import { toJson } from './json.ts';

export const headJson = (hash: Hex, header: Header, transactions: number): Wire['Head'] => ({
  height: header.height,
  hash,
  parentHash: header.parentHash,
  time: header.time,
  epoch: header.epoch,
  proposer: addressOf(header.proposer),
  stateRoot: header.stateRoot,
  transactions,
});

export const headerJson = (header: Header): Wire['Header'] => toJson(Header, header) as Wire['Header'];

export const commitJson = ({ height, round, blockHash, signatures }: Commit): Wire['Commit'] => ({
  height,
  round,
  blockHash,
  signatures: signatures.map(({ validator, signature }) => ({
    validator: addressOf(validator),
    signature: toHex(signature),
  })),
});

/** Data that this node has no codec for stays hex: an event must never make a block unreadable. */
export function eventJson({ source, name, data }: ChainEvent, mechanisms: Mechanisms): Wire['Event'] {
  const codec = eventCodec(source, name, mechanisms);
  return { source, name, data: codec === undefined ? toHex(data) : decodedJson(codec, data) };
}

/** Bytes of a module's own making need not fit its codec. */
function decodedJson(codec: Codec<unknown>, data: Uint8Array): unknown {
  try {
    return toJson(codec, decode(codec, data));
  } catch {
    return toHex(data);
  }
}

export const outcomeJson = (outcome: Outcome, mechanisms: Mechanisms): Wire['Outcome'] => ({
  ...verdictJson(outcome),
  weight: outcome.weight,
  fee: String(outcome.fee),
  events: outcome.events.map(event => eventJson(event, mechanisms)),
});

const verdictJson = ({ ok, failure }: Outcome) =>
  failure === null ? { ok } : { ok, error: failureJson(failure) };

/** A call with the arguments of a consensus method as JSON, if this node knows the method. */
export function callJson(call: KernelCall, mechanisms: Mechanisms): CallJson {
  const json = toJson(KernelCall, call) as CallJson;
  if (call.kind === 'dev' && call.operation.kind === 'impersonate') {
    const { kind, account } = call.operation;
    const operation = { kind, account: addressOf(account), call: callJson(call.operation.call, mechanisms) };
    return { kind: 'dev', operation } as CallJson;
  }
  if (call.kind !== 'call') return json;
  const calls = mechanisms.get(call.consensus)?.calls;
  const method = calls !== undefined && Object.hasOwn(calls, call.method) ? calls[call.method] : undefined;
  return method === undefined ? json : ({ ...json, args: decodedJson(method.codec, call.args) } as CallJson);
}

export function finalJson(
  at: { readonly hash: Hex; readonly height: number; readonly index: number },
  outcome: Outcome,
  mechanisms: Mechanisms,
): Wire['Final'] {
  return { hash: at.hash, height: at.height, index: at.index, ...outcomeJson(outcome, mechanisms) };
}

/** What its sender said. */
const sentJson = (transaction: Transaction, mechanisms: Mechanisms): Wire['Sent'] => ({
  from: addressOf(transaction.sender),
  nonce: transaction.nonce,
  feeLimit: String(transaction.feeLimit),
  expiry: transaction.expiry,
  call: callJson(transaction.call, mechanisms),
});

export function statusJson(
  hash: Hex,
  found: TransactionStatus,
  mechanisms: Mechanisms,
): Wire['TransactionStatus'] {
  if (found.status === 'final')
    return { status: 'final', ...finalJson({ hash, ...found }, found.outcome, mechanisms) };
  if (found.status === 'reverted') {
    const { status, height, index, by } = found;
    return { status, hash, height, index, by };
  }
  if (found.status === 'dropped')
    return {
      status: 'dropped',
      hash,
      error: failureJson({ code: found.reason, message: found.message }),
    };
  if (found.status === 'unknown' && found.from !== undefined)
    return { status: 'unknown', hash, from: found.from };
  if (found.status === 'pending')
    return { status: 'pending', hash, transaction: sentJson(found.transaction, mechanisms) };
  return { status: 'unknown', hash };
}

export function blockJson(stored: StoredBlock, mechanisms: Mechanisms): Wire['Block'] {
  const { hash, block, commit, outcomes } = stored;
  const own = [...outcomes.system.flatMap(step => step.events), ...outcomes.events];
  const theirs = outcomes.transactions.flatMap((outcome, transaction) =>
    outcome.events.map(event => ({ ...eventJson(event, mechanisms), transaction })),
  );
  return {
    hash,
    header: headerJson(block.header),
    transactions: transactionsJson(block, stored, mechanisms),
    evidence: block.evidence.map(evidenceJson),
    events: [...own.map(event => ({ ...eventJson(event, mechanisms), transaction: null })), ...theirs],
    commit: commitJson(commit),
  };
}

const evidenceJson = (evidence: Evidence): Wire['Evidence'] => toJson(Evidence, evidence) as Wire['Evidence'];

function transactionsJson(
  block: Block,
  { outcomes, transactionHashes }: StoredBlock,
  mechanisms: Mechanisms,
): Wire['BlockTransaction'][] {
  return block.transactions.flatMap((encoded, index) => {
    const outcome = outcomes.transactions[index];
    const hash = transactionHashes[index];
    if (outcome === undefined || hash === undefined) return [];
    const { transaction, signature } = decode(SignedTransaction, encoded);
    return {
      hash,
      index,
      ...sentJson(transaction, mechanisms),
      signature: toHex(signature),
      ...verdictJson(outcome),
      weight: outcome.weight,
      fee: String(outcome.fee),
    };
  });
}

export const lastHead = ({ hash, header, transactions }: Head): Wire['Head'] =>
  headJson(hash, header, transactions);
