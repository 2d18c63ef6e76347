/**
 * Ordering for a single validator: it asks nobody. Its certificate is its own precommit, so blocks and proofs are
 * verified exactly as those of many validators.
 */
import { Block, type Commit, voteBytes } from '../../chain/index.ts';
import { CodecError, decode, encode } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import { decodeMessage, encodeMessage, type Vote } from './messages.ts';
import { createPace, type Pace } from './pace.ts';
import { createPeers, type Peers } from './peers.ts';
import { loadRecord } from './tendermint/open.ts';
import { SignRecord } from './tendermint/record.ts';
import {
  type BlockMode,
  DEFAULT_TIMEOUTS,
  type EngineOptions,
  NoProposal,
  type OrderingEngine,
  OrderingError,
  type OrderingStatus,
  type ProposalRequest,
  type ValidatorSigner,
} from './types.ts';
import { toValue } from './value.ts';

/** Milliseconds until this node tries again to make a block that it could not make. */
const PROPOSAL_PAUSE = 1_000;

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

  mode(): BlockMode {
    return this.#pace.mode;
  }

  setMode(mode: BlockMode): void {
    this.#pace.setMode(mode);
  }

  status(): OrderingStatus {
    return { height: this.#options.application.info().height + 1, round: 0, step: this.#step };
  }

  /** Those who are behind say so themselves. */
  greet(): void {}

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
      this.#options.transport.penalise(peer, OFFENCE_POINTS.malformed, reason);
    }
  }

  async catchUp(): Promise<void> {
    throw new OrderingError(
      'NOT_NEXT',
      'peers have blocks that this node does not know, but this node alone makes the blocks',
      'another node uses the same validator key, or this one lost its data: stop one of them',
    );
  }

  async #make(height: number): Promise<void> {
    const { chainId, clock, records } = this.#options;
    const signer = this.#signerAt(height);
    this.#step = 'making';
    const request = {
      height,
      round: 0,
      now: clock.now(),
      proposer: signer.validator,
      lastCommit: this.#lastCommit,
    };
    const block = await this.#propose(request);
    if (block === null) return;
    const vote = precommitFor(chainId, signer, block);
    await records.save(encode(SignRecord, recordOf(chainId, vote, block)));
    await this.#commit(block, certificateOf(vote));
    if (!this.#stopped) this.#open();
  }

  /** null where this node cannot propose now; then it tries again after a pause, since nobody else does. */
  async #propose(request: ProposalRequest): Promise<Block | null> {
    const { application, clock, log } = this.#options;
    try {
      return await application.prepareProposal(request);
    } catch (error) {
      if (!(error instanceof NoProposal)) throw error;
      log.error({ err: error, height: request.height }, 'no block can be made now');
      clock.after(PROPOSAL_PAUSE, () => {
        if (!this.#stopped) this.#open();
      });
      return null;
    }
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

  /** Commits the block that was signed before a crash and is not in the store: no other is signed for its height. */
  async #recover(): Promise<void> {
    const record = await loadRecord(this.#options);
    const next = this.#options.application.info().height + 1;
    if (record === null || record.height < next) return;
    const block = record.blocks.find(({ hash }) => hash === record.precommit?.blockHash);
    if (record.height > next || record.precommit === null || block === undefined)
      throw new OrderingError(
        'BAD_RECORD',
        `a vote for height ${record.height} was signed, but the store ends at ${next - 1}`,
        'committed blocks are lost: restore the data directory, or start anew with --reset',
      );
    await this.#commit(decode(Block, block.bytes), certificateOf(record.precommit));
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

function precommitFor(chainId: string, signer: ValidatorSigner, block: Block): Vote {
  const { height } = block.header;
  const body = { kind: 'precommit', height, round: 0, blockHash: toValue(block).hash } as const;
  const signature = signer.sign(voteBytes({ chainId, ...body }));
  return { ...body, validator: signer.validator, signature };
}

/** The same record as the other engine's, so that a node whose validators change can go over to that. */
function recordOf(chainId: string, precommit: Vote, block: Block): SignRecord {
  const { validator, height, round } = precommit;
  const value = toValue(block);
  const locked = { round, blockHash: value.hash };
  const nothing = { polka: null, proposal: null, prevote: null, roundProof: [] };
  return {
    chainId,
    validator,
    height,
    round,
    step: 'precommit',
    locked,
    precommit,
    blocks: [value],
    ...nothing,
  };
}

function certificateOf({ height, round, blockHash, validator, signature }: Vote): Commit {
  if (blockHash === null) throw new TypeError('a vote for no block certifies none');
  return { height, round, blockHash, signatures: [{ validator, signature }] };
}
