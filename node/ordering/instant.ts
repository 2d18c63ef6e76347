/**
 * Ordering for a single validator: it asks nobody. Its certificate is its own precommit, so blocks and proofs are
 * verified exactly as those of many validators.
 */
import { Block, Commit, LIMITS } from '../../chain/index.ts';
import { CodecError, decode, encode, struct, text } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import { PENALTY } from './judge.ts';
import { decodeMessage, encodeMessage, voteBytes } from './messages.ts';
import { createPace, type Pace } from './pace.ts';
import { createPeers, type Peers } from './peers.ts';
import {
  type BlockMode,
  DEFAULT_TIMEOUTS,
  type EngineOptions,
  type OrderingEngine,
  OrderingError,
  type OrderingStatus,
  type ValidatorSigner,
} from './types.ts';
import { toValue } from './value.ts';

/** The last block that was signed: after a crash this one is committed, and no other is signed for its height. */
export const InstantRecord = struct({ chainId: text(LIMITS.chainId), block: Block, certificate: Commit });
const MAX_RECORD_BYTES = LIMITS.block + 4096;

export class InstantEngine implements OrderingEngine {
  readonly kind = 'instant';
  readonly #options: EngineOptions;
  readonly #pace: Pace;
  readonly #peers: Peers;
  readonly #intervalMs: number;
  #lastCommit: Commit | null = null;
  #step: 'starting' | 'waiting' | 'making' = 'starting';
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#intervalMs = { ...DEFAULT_TIMEOUTS, ...options.timeouts }.retransmit;
    const { clock, mode, hasWork } = options;
    const begin = (height: number): void => {
      this.#running = this.#make(height).catch(error => this.#fail(error));
    };
    this.#pace = createPace({ clock, mode, hasWork, begin });
    this.#peers = createPeers(options, this.#intervalMs / 2, error => this.#fail(error));
  }

  /** Throws OrderingError if this node is not the single validator, or if what it signed cannot be read. */
  async start(): Promise<void> {
    const { application, decided } = this.#options;
    this.#signerAt(application.info().height + 1);
    await this.#recover();
    const { height } = application.info();
    if (height > 0) this.#lastCommit ??= (await decided(height))?.certificate ?? null;
    if (height > 0 && this.#lastCommit === null)
      throw new OrderingError(
        'NO_CERTIFICATE',
        `the certificate of the last block, ${height}, is missing`,
        'the block store is damaged; start anew with --reset',
      );
    this.#open();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pace.close();
    await this.#running;
  }

  wake(): void {
    this.#pace.wake();
  }

  mineUntil(height: number): void {
    this.#pace.mineUntil(height);
  }

  setMode(mode: BlockMode): void {
    this.#pace.setMode(mode);
  }

  status(): OrderingStatus {
    return { height: this.#options.application.info().height + 1, round: 0, step: this.#step };
  }

  /** Nodes that follow say where they are, and get the block that they lack. Nothing else concerns this engine. */
  receive(peer: PeerId, raw: Uint8Array): void {
    if (this.#stopped) return;
    try {
      const message = decodeMessage(raw);
      if (message.kind !== 'status') return;
      const { height } = this.#options.application.info();
      if (message.height <= height) this.#peers.help(peer, message.height);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const reason = `an ordering message that does not decode: ${error.message}`;
      this.#options.transport.penalise(peer, PENALTY.malformed, reason);
    }
  }

  async ingest(block: Block): Promise<void> {
    const { height } = block.header;
    if (height <= this.#options.application.info().height) return;
    throw new OrderingError(
      'NOT_NEXT',
      `block ${height} from a peer, but this node alone makes the blocks`,
      'another node uses the same validator key, or this one lost its data: stop one of them',
    );
  }

  async #make(height: number): Promise<void> {
    const { application, chainId, clock, records } = this.#options;
    const signer = this.#signerAt(height);
    this.#step = 'making';
    const request = {
      height,
      round: 0,
      now: clock.now(),
      proposer: signer.validator,
      lastCommit: this.#lastCommit,
    };
    const block = await application.prepareProposal(request);
    const certificate = certify(chainId, signer, block);
    await records.save(encode(InstantRecord, { chainId, block, certificate }));
    await this.#commit(block, certificate);
    if (!this.#stopped) this.#open();
  }

  async #commit(block: Block, certificate: Commit): Promise<void> {
    const { application } = this.#options;
    await application.finalizeBlock(block, certificate);
    await application.commit();
    this.#lastCommit = certificate;
  }

  #open(): void {
    const height = this.#options.application.info().height + 1;
    this.#step = 'waiting';
    const message = { kind: 'status', height, round: null, mineUntil: 0 } as const;
    this.#options.transport.broadcast(encodeMessage(message));
    this.#pace.open(height);
  }

  /** Commits the block that was signed before a crash and is not in the store. */
  async #recover(): Promise<void> {
    const { records, chainId, application } = this.#options;
    const raw = await records.load();
    if (raw === null) return;
    const record = readRecord(raw, chainId);
    const { height } = record.block.header;
    const next = application.info().height + 1;
    if (height === next) await this.#commit(record.block, record.certificate);
    if (height > next)
      throw new OrderingError(
        'BAD_RECORD',
        `block ${height} was signed, but the store ends at ${next - 1}`,
        'committed blocks are lost: restore the data directory, or start anew with --reset',
      );
  }

  #signerAt(height: number): ValidatorSigner {
    const { signer, application } = this.#options;
    const validators = application.validators(height);
    const total = validators.reduce((sum, { power }) => sum + power, 0);
    const own = validators.find(({ validator }) => validator === signer?.validator)?.power ?? 0;
    if (signer !== null && own * 3 > total * 2) return signer;
    throw new OrderingError(
      'NOT_A_VALIDATOR',
      `instant ordering needs more than two thirds of the power, and this node has ${own} of ${total} at height ${height}`,
      'use tendermint ordering when there are other validators',
    );
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#pace.close();
    const reason = error instanceof Error ? error : new Error(String(error));
    this.#options.log.error({ err: reason }, 'ordering has failed and stops');
    this.#options.onFatal(reason);
  }
}

function certify(chainId: string, signer: ValidatorSigner, block: Block): Commit {
  const { height } = block.header;
  const { hash: blockHash } = toValue(block);
  const signature = signer.sign(voteBytes({ chainId, kind: 'precommit', height, round: 0, blockHash }));
  return { height, round: 0, blockHash, signatures: [{ validator: signer.validator, signature }] };
}

function readRecord(raw: Uint8Array, chainId: string) {
  const hint = 'use the data directory that belongs to this chain, or start anew with --reset';
  try {
    const record = decode(InstantRecord, raw, MAX_RECORD_BYTES);
    if (record.chainId === chainId) return record;
    throw new OrderingError(
      'BAD_RECORD',
      `the signing record is of chain ${record.chainId}, not ${chainId}`,
      hint,
    );
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new OrderingError('BAD_RECORD', `the signing record does not decode: ${error.message}`, hint);
  }
}
