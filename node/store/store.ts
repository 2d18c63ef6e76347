/**
 * What a node keeps on disk. One atomic, synced batch per block: after a crash at any instant either all of a block
 * is there or none of it. Only the ordering record is written apart, because a vote must be on disk before it is sent.
 */
import {
  Block,
  BlockOutcomes,
  type Change,
  Commit,
  type Epoch,
  Evidence,
  type Execution,
  Genesis,
  type LightBlock,
  type Row as StateRow,
  sha256,
  ValidatorSet,
} from '../../chain/index.ts';
import { type Codec, decode, encode, type Hex } from '../../consensus/interface/index.ts';
import type { Settlement, StoredBlock } from '../api.ts';
import { NodeError } from '../errors.ts';
import type { EvidenceStore } from '../evidence/pool.ts';
import type { OrderingEngine, RecordStore } from '../ordering/types.ts';
import type { SubmissionRows } from '../pool/submissions.ts';
import { Recent } from '../recent.ts';
import { mergeParts, type PlacedPart, SettlementPart } from '../settlements.ts';
import { type Database, openDatabase, put, type Row, writeBatch } from './database.ts';
import { Base, EpochStart, TransactionPlace, WHOLE_CHAIN } from './formats.ts';
import * as keys from './keys.ts';
import { readSequence } from './sequence.ts';
import { createStaging, type Staging, stateChunks } from './staging.ts';
import { sweep } from './sweep.ts';

/** Blocks and other rows kept in memory after they were read or written. */
const RECENT_BLOCKS = 64;
const RECENT_VALIDATOR_SETS = 16;

export interface BlockWrite {
  readonly hash: Hex;
  readonly block: Block;
  /** Its bytes, where they are known. */
  readonly encoded?: Uint8Array;
  readonly certificate: Commit;
  readonly execution: Pick<Execution, 'changes' | 'outcomes' | 'validators' | 'nextValidators'>;
  readonly transactionHashes: readonly Hex[];
  /** Set when the block is the first of an epoch. */
  readonly epoch: Epoch | null;
  /** What the block adds to settlements. */
  readonly settlements: readonly PlacedPart[];
}

export interface Store {
  /**
   * Each kind of ordering has its own record. Which kind signs at a height follows from the committed state alone, so
   * none can miss what another one signed for it.
   */
  records(kind: OrderingEngine['kind']): RecordStore;
  /** What waits in the evidence pool. */
  readonly evidence: EvidenceStore;
  /** Height of the last committed block, 0 before the first. */
  height(): number;
  /** Where the blocks here begin: earlier ones are unknown. */
  base(): Base;
  /** Blocks in order of height, all of them in one batch. */
  commit(writes: readonly BlockWrite[]): Promise<void>;
  block(reference: number | Hex): Promise<StoredBlock | null>;
  /** The certificate and block of a height, as a peer that lags needs them. */
  decided(height: number): Promise<{ block: Block; certificate: Commit } | null>;
  /**
   * Encoded blocks from a height on, at most `count`, ending with the one that reaches `bytes`, and the certificate of
   * the last of them.
   */
  sequence(
    from: number,
    count: number,
    bytes: number,
  ): Promise<{ readonly blocks: readonly Uint8Array[]; readonly certificate: Commit | null }>;
  transaction(hash: Hex): { readonly height: number; readonly index: number } | null;
  /** Of the blocks whose height `counts`. */
  settlement(
    consensus: number,
    epoch: number,
    counts?: (height: number) => boolean,
  ): Promise<Settlement | null>;
  epoch(number: number): { readonly startHeight: number; readonly startTime: number } | null;
  /** Who voted on a committed block. */
  validatorsAt(height: number): ValidatorSet | null;
  stateRows(): Promise<StateRow[]>;
  /** A header with its certificate and validators, for those who verify without executing. */
  light(height: number): Promise<LightBlock | null>;
  readonly staging: Staging;
  /**
   * Makes the staged snapshot the state, and the block after which it holds the first one here: all at once, so that a
   * crash leaves the old state or the new one. What is below stays on disk until {@link Store.sweep}.
   */
  adopt(write: BlockWrite, base: Base): Promise<void>;
  /** Removes what an adopted snapshot replaced. May be interrupted; it goes on when the store is opened again. */
  sweep(): Promise<void>;
  /** What clients were told is accepted; the rows are not synced. */
  submissions(): SubmissionRows;
  close(): Promise<void>;
}

/** What a new store begins with. */
export interface Beginning {
  readonly genesis: Genesis;
  readonly rows: Iterable<StateRow>;
  readonly epoch: Epoch;
}

/**
 * Opens the store of a chain, or makes it. `begin` is asked only for a new one. Without `isSynced` what is written
 * survives the death of the process only. Throws {@link NodeError}.
 */
export async function openStore(
  directory: string,
  genesis: Genesis,
  begin: () => Beginning | Promise<Beginning>,
  isSynced = true,
): Promise<Store> {
  const database = await openDatabase(directory, isSynced);
  try {
    const version = database.getSync(keys.VERSION_KEY);
    if (version === undefined) await initialise(database, await begin());
    else checkIdentity(database, directory, version, genesis);
  } catch (error) {
    await database.close();
    throw error;
  }
  const store = createStore(database);
  await store.sweep();
  return store;
}

async function initialise(database: Database, { genesis, rows, epoch }: Beginning): Promise<void> {
  const writes: Row[] = [
    put(keys.VERSION_KEY, keys.numberBytes(keys.STORE_VERSION)),
    put(keys.GENESIS_KEY, encode(Genesis, genesis)),
    epochRow(epoch),
  ];
  for (const [key, value] of rows) writes.push(put(keys.stateKey(0, key), value));
  await writeBatch(database, writes);
}

function checkIdentity(database: Database, directory: string, version: Uint8Array, genesis: Genesis): void {
  const found = keys.numberOf(version);
  if (found !== keys.STORE_VERSION)
    throw new NodeError(
      'STORE_VERSION',
      `${directory} was written in layout ${found}, this version reads layout ${keys.STORE_VERSION}`,
      'start anew with --reset, or use the version of devnet that wrote it',
    );
  const stored = database.getSync(keys.GENESIS_KEY) ?? new Uint8Array();
  const expected = encode(Genesis, genesis);
  if (Buffer.compare(stored, expected) !== 0)
    throw new NodeError(
      'OTHER_GENESIS',
      `${directory} holds a chain with genesis ${sha256(stored)}, not ${sha256(expected)}`,
      'start anew with --reset, or choose another directory with --dir',
    );
}

function createStore(database: Database): Store {
  const blocks = new Recent<number, StoredBlock>(RECENT_BLOCKS);
  const validatorSets = new Recent<Hex, ValidatorSet>(RECENT_VALIDATOR_SETS);
  const head = database.getSync(keys.HEAD_KEY);
  let height = head === undefined ? 0 : keys.numberOf(head);
  let base = decodeRow(Base, database.getSync(keys.BASE_KEY)) ?? WHOLE_CHAIN;
  let slot: keys.StateSlot = database.getSync(keys.SLOT_KEY)?.[0] === 1 ? 1 : 0;
  const staging = createStaging(database, () => keys.otherSlot(slot));

  async function readBlock(at: number): Promise<StoredBlock | null> {
    // What an adopted snapshot replaced may be on disk still.
    if (at < base.height) return null;
    const known = blocks.get(at);
    if (known !== undefined) return known;
    const [block, certificate, outcomes] = await database.getMany([
      keys.blockKey(at),
      keys.certificateKey(at),
      keys.outcomesKey(at),
    ]);
    if (block === undefined || certificate === undefined || outcomes === undefined) return null;
    const commit = decode(Commit, certificate);
    const decoded = decode(Block, block);
    const stored: StoredBlock = {
      hash: commit.blockHash,
      block: decoded,
      commit,
      outcomes: decode(BlockOutcomes, outcomes),
      transactionHashes: decoded.transactions.map(sha256),
    };
    blocks.set(at, stored);
    return stored;
  }

  function validators(hash: Hex): ValidatorSet | null {
    const known = validatorSets.get(hash);
    if (known !== undefined) return known;
    const set = decodeRow(ValidatorSet, database.getSync(keys.validatorsKey(hash)));
    if (set !== null) validatorSets.set(hash, set);
    return set;
  }

  function heightOf(hash: Hex): number {
    const found = database.getSync(keys.heightKey(hash));
    return found === undefined ? 0 : keys.numberOf(found);
  }

  /** Blocks and some further rows as one batch; then the caches learn of the blocks. */
  async function write(writes: readonly BlockWrite[], further: readonly Row[]): Promise<void> {
    const sets = new Map(writes.flatMap(validatorRows));
    for (const hash of sets.keys()) if (validatorSets.get(hash) !== undefined) sets.delete(hash);
    const rows = [
      ...lastChanges(writes).map(change => stateChange(change, slot)),
      ...writes.flatMap(blockRows),
      put(keys.HEAD_KEY, keys.numberBytes(writes.at(-1)?.block.header.height ?? height)),
    ];
    for (const [hash, set] of sets) rows.push(put(keys.validatorsKey(hash), encode(ValidatorSet, set)));
    await writeBatch(database, [...rows, ...further]);
    // Only now are they surely on disk.
    for (const [hash, set] of sets) validatorSets.set(hash, set);
    for (const { hash, block, certificate, execution, transactionHashes } of writes) {
      const { outcomes } = execution;
      height = block.header.height;
      blocks.set(height, { hash, block, commit: certificate, outcomes, transactionHashes });
    }
  }

  return {
    records: kind => recordStore(database, keys.recordKey(kind)),
    evidence: evidenceStore(database),
    height: () => height,
    base: () => base,
    commit: writes => write(writes, []),
    block: async reference => readBlock(typeof reference === 'number' ? reference : heightOf(reference)),
    async decided(at) {
      const stored = await readBlock(at);
      return stored === null ? null : { block: stored.block, certificate: stored.commit };
    },
    async sequence(from, count, bytes) {
      if (from < base.height) return { blocks: [], certificate: null };
      const blocks = await readSequence(database, from, Math.min(count, height - from + 1), bytes);
      const last = keys.certificateKey(from + blocks.length - 1);
      return { blocks, certificate: blocks.length === 0 ? null : decodeRow(Commit, database.getSync(last)) };
    },
    transaction(hash) {
      const place = decodeRow(TransactionPlace, database.getSync(keys.transactionKey(hash)));
      return place === null || place.height < base.height ? null : place;
    },
    async settlement(consensus, epoch, counts = () => true) {
      if (epoch < base.settlementsFrom) return null;
      const range = {
        gte: keys.settlementKey(consensus, epoch, 0),
        lte: keys.settlementKey(consensus, epoch, height),
      };
      const found = await database.iterator(range).all();
      const parts = found
        .map(([key, part]) => ({ height: keys.settlementHeight(key), part }))
        .filter(each => counts(each.height))
        .map(each => ({ ...each, part: decode(SettlementPart, each.part) }));
      return parts.length === 0 ? null : mergeParts(consensus, epoch, parts);
    },
    epoch(number) {
      if (number < base.epoch) return null;
      return decodeRow(EpochStart, database.getSync(keys.epochKey(number)));
    },
    validatorsAt(at) {
      if (at < base.height) return null;
      const block = blocks.get(at)?.block ?? decodeRow(Block, database.getSync(keys.blockKey(at)));
      return block === null ? null : validators(block.header.validatorsHash);
    },
    stateRows: () => readState(database, slot),
    async light(at) {
      const stored = await readBlock(at);
      if (stored === null) return null;
      const { header } = stored.block;
      const [own, next] = [validators(header.validatorsHash), validators(header.nextValidatorsHash)];
      if (own === null || next === null) return null;
      return { header, commit: stored.commit, validators: own, nextValidators: next };
    },
    staging,
    async adopt(block, from) {
      const next = keys.otherSlot(slot);
      await write(
        [block],
        [
          put(keys.SLOT_KEY, Uint8Array.of(next)),
          put(keys.BASE_KEY, encode(Base, from)),
          { type: 'del', key: keys.STAGE_KEY },
        ],
      );
      slot = next;
      base = from;
    },
    sweep: () => sweep(database, base, keys.otherSlot(slot)),
    submissions: () => submissionRows(database),
    close: () => database.close(),
  };
}

const decodeRow = <T>(codec: Codec<T>, row: Uint8Array | undefined): T | null =>
  row === undefined ? null : decode(codec, row);

const recordStore = (database: Database, key: Uint8Array): RecordStore => ({
  load: async () => database.getSync(key) ?? null,
  save: record => database.put(key, record, { sync: database.isSynced }),
});

/** Rows are not synced: what a crash takes away comes again from a peer. */
const evidenceStore = (database: Database): EvidenceStore => ({
  async load() {
    const rows = await database.values(keys.EVIDENCE_RANGE).all();
    return rows.map(row => decode(Evidence, row));
  },
  save: evidence => database.put(keys.evidenceKey(evidence), encode(Evidence, evidence)),
  remove: offences =>
    database.batch(offences.map(offence => ({ type: 'del', key: keys.evidenceKey(offence) }))),
});

const submissionRows = (database: Database): SubmissionRows => ({
  async load() {
    const rows = await database.iterator(keys.SUBMISSION_RANGE).all();
    return rows.map(([key, encoded]) => [keys.numberOf(key.subarray(1)), encoded] as const);
  },
  write(added, removed) {
    const rows = Array.from(added, ([sequence, encoded]) => put(keys.submissionKey(sequence), encoded));
    for (const sequence of removed) rows.push({ type: 'del', key: keys.submissionKey(sequence) });
    return database.batch(rows);
  },
});

async function readState(database: Database, slot: keys.StateSlot): Promise<StateRow[]> {
  const rows: StateRow[] = [];
  for await (const chunk of stateChunks(database, slot)) rows.push(...chunk);
  return rows;
}

/** Of several changes of one key the last one counts. */
function lastChanges(writes: readonly BlockWrite[]): Change[] {
  const [only, ...others] = writes;
  if (others.length === 0) return [...(only?.execution.changes ?? [])];
  const last = new Map<string, Change>();
  for (const { execution } of writes)
    for (const change of execution.changes) last.set(Buffer.from(change.key).toString('latin1'), change);
  return [...last.values()];
}

function blockRows({
  hash,
  block,
  encoded = encode(Block, block),
  certificate,
  execution,
  transactionHashes,
  epoch,
  settlements,
}: BlockWrite): Row[] {
  const { header } = block;
  const height = keys.numberBytes(header.height);
  const rows: Row[] = [
    put(keys.blockKey(header.height), encoded),
    put(keys.certificateKey(header.height), encode(Commit, certificate)),
    put(keys.outcomesKey(header.height), encode(BlockOutcomes, execution.outcomes)),
    put(keys.heightKey(hash), height),
  ];
  transactionHashes.forEach((transaction, index) => {
    rows.push(
      put(keys.transactionKey(transaction), encode(TransactionPlace, { height: header.height, index })),
    );
  });
  if (epoch !== null) rows.push(epochRow(epoch));
  for (const { consensus, epoch: settled, part } of settlements)
    rows.push(put(keys.settlementKey(consensus, settled, header.height), encode(SettlementPart, part)));
  return rows;
}

/** Who may vote at a block and at the next one. They seldom change, and are stored under their hash. */
const validatorRows = ({ block: { header }, execution }: BlockWrite): (readonly [Hex, ValidatorSet])[] => [
  [header.validatorsHash, execution.validators],
  [header.nextValidatorsHash, execution.nextValidators],
];

function stateChange({ key, value }: Change, slot: keys.StateSlot): Row {
  const place = keys.stateKey(slot, key);
  return value === null ? { type: 'del', key: place } : put(place, value);
}

const epochRow = ({ number, startHeight, startTime }: Epoch): Row =>
  put(keys.epochKey(number), encode(EpochStart, { startHeight, startTime }));
