/**
 * Ranges that have come and wait for their turn. Their signatures are verified on arrival, in bulk, where the
 * validators that they name are those who vote next here: then proof and execution go on at the same time.
 */
import { ChainError, type CheckedTransaction, type ValidatorSet, validatorsHash } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import type { DecidedBlock, NodeApplication } from '../application.ts';
import type { BulkVerifier } from '../ordering/types.ts';
import { FalseBlocks, type Segment, segmentChecks } from './segments.ts';

export interface InboxOptions {
  readonly chainId: string;
  readonly application: Pick<NodeApplication, 'tip' | 'validators'>;
  readonly verifier: BulkVerifier;
  /** Reads transactions and verifies their signatures, all in one batch. */
  readonly checkTransactions: (encoded: readonly Uint8Array[]) => Promise<readonly CheckedTransaction[]>;
}

/** Blocks that follow the tip and are proven to be final. */
export interface Proven {
  readonly peer: PeerId;
  readonly blocks: readonly DecidedBlock[];
}

/** What came from a peer is false: whoever asked for it asks somebody else. */
export interface Refused {
  readonly peer: PeerId;
  readonly from: number;
  readonly error: FalseBlocks;
}

export interface Inbox {
  /** Bytes that wait here. */
  readonly bytes: number;
  /** Whether the block after the tip is here. */
  hasNext(): boolean;
  put(peer: PeerId, from: number, bytes: number, segments: readonly Segment[]): void;
  /** What follows the tip; null where nothing does. Rejects where signatures could not be verified. */
  next(): Promise<Proven | Refused | null>;
  clear(): void;
}

/** `transactions` null: one of them cannot be read, which is for the application to say. */
type Proof = { readonly transactions: readonly CheckedTransaction[] | null } | { readonly error: unknown };

interface Entry {
  readonly segment: Segment;
  proof: Promise<Proof> | null;
}

interface Parcel {
  readonly peer: PeerId;
  readonly from: number;
  readonly bytes: number;
  readonly entries: readonly Entry[];
}

export function createInbox(options: InboxOptions): Inbox {
  const { application } = options;
  const parcels = new Map<number, Parcel>();
  let bytes = 0;
  /** Who votes next, with the hash. */
  let voters: { readonly set: ValidatorSet; readonly hash: Hex } | null = null;

  function votersNow(): { readonly set: ValidatorSet; readonly hash: Hex } {
    const set = application.validators(application.tip().height + 1);
    if (voters?.set !== set) voters = { set, hash: validatorsHash(set) };
    return voters;
  }

  function remove(parcel: Parcel): void {
    if (parcels.delete(parcel.from)) bytes -= parcel.bytes;
  }

  /** What is committed already goes. */
  function head(): { readonly parcel: Parcel; readonly entry: Entry } | undefined {
    const { height } = application.tip();
    for (const parcel of [...parcels.values()]) {
      const entry = parcel.entries.find(({ segment }) => endOf(segment) > height);
      if (entry === undefined) remove(parcel);
      else if (entry.segment.from <= height + 1) return { parcel, entry };
    }
    return undefined;
  }

  async function proofOf({ parcel, entry }: { parcel: Parcel; entry: Entry }): Promise<Proven | Refused> {
    const { peer } = parcel;
    const refuse = (error: FalseBlocks): Refused => {
      remove(parcel);
      return { peer, from: parcel.from, error };
    };
    const { set, hash } = votersNow();
    const problem = placeProblem(entry.segment, application.tip(), hash);
    if (problem !== undefined) return refuse(new FalseBlocks(problem));
    entry.proof ??= prove(entry.segment, set, options);
    const proof = await entry.proof;
    if ('transactions' in proof) return { peer, blocks: withTransactions(entry.segment, proof.transactions) };
    if (proof.error instanceof FalseBlocks) return refuse(proof.error);
    throw proof.error;
  }

  return {
    get bytes() {
      return bytes;
    },
    hasNext: () => head() !== undefined,
    put(peer, from, size, segments) {
      const { set, hash } = votersNow();
      const entries = segments.map(segment => ({
        segment,
        proof: segment.validatorsHash === hash ? prove(segment, set, options) : null,
      }));
      parcels.set(from, { peer, from, bytes: size, entries });
      bytes += size;
    },
    async next() {
      for (;;) {
        const { height } = application.tip();
        const found = head();
        if (found === undefined) return null;
        const proven = await proofOf(found);
        // Agreement may have gone on meanwhile.
        if ('error' in proven || application.tip().height === height) return afterHeight(proven, height);
      }
    },
    clear() {
      parcels.clear();
      bytes = 0;
    },
  };
}

const endOf = ({ from, blocks }: Segment): number => from + blocks.length - 1;

/** Why a segment does not follow the tip. Its first blocks may be committed already. */
function placeProblem(
  { from, parentHash, validatorsHash: named, blocks }: Segment,
  { height, hash }: { readonly height: number; readonly hash: Hex },
  expected: Hex,
): string | undefined {
  const parent = from > height ? parentHash : blocks[height - from]?.certificate.blockHash;
  if (parent !== hash) return `block ${height + 1} does not follow block ${height}, ${hash}`;
  if (named !== expected) return `block ${height + 1} names other validators than this chain has`;
  return undefined;
}

/** Never rejects: who waits for it comes later. */
async function prove(
  segment: Segment,
  validators: ValidatorSet,
  { chainId, verifier, checkTransactions }: InboxOptions,
): Promise<Proof> {
  try {
    const checks = segmentChecks(segment, validators, chainId);
    const answers = await verifier.verify(checks, 'blocks');
    if (answers.length !== checks.length || !answers.every(Boolean))
      throw new FalseBlocks(`the certificate at height ${endOf(segment)} has a wrong signature`);
    const encoded = segment.blocks.flatMap(({ block }) => block.transactions);
    return { transactions: await checkTransactions(encoded).catch(unreadable) };
  } catch (error) {
    return { error };
  }
}

function unreadable(error: unknown): null {
  if (error instanceof ChainError) return null;
  throw error;
}

function withTransactions(
  { blocks }: Segment,
  transactions: readonly CheckedTransaction[] | null,
): Proven['blocks'] {
  if (transactions === null) return blocks;
  let at = 0;
  return blocks.map(certified => {
    const own = transactions.slice(at, at + certified.block.transactions.length);
    at += own.length;
    return { ...certified, transactions: own };
  });
}

function afterHeight(proven: Proven | Refused, height: number): Proven | Refused {
  if ('error' in proven) return proven;
  return { ...proven, blocks: proven.blocks.filter(({ block }) => block.header.height > height) };
}
