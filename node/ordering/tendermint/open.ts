/** What a node brings to a new height: who votes, who proposes, and what it signed there before a restart. */
import { proposalBytes, type ValidatorSet, voteBytes } from '../../../chain/index.ts';
import { type Account, decode } from '../../../consensus/interface/index.ts';
import { type Committee, committeeOf } from '../certificate.ts';
import { proposerAt } from '../proposer.ts';
import { type EngineOptions, type Log, OrderingError, type ValidatorSigner } from '../types.ts';
import { MAX_RECORD_BYTES, SignRecord } from './record.ts';
import { type HeightState, newHeight, restoreHeight } from './state.ts';
import type { CoreSigner } from './types.ts';

export interface OpenHeight {
  readonly committee: Committee;
  readonly state: HeightState;
}

/**
 * Reads the signing record. null: there is none. Throws OrderingError BAD_RECORD if it is damaged, or belongs to
 * another chain or key: a validator that cannot know what it signed must not sign.
 */
export async function loadRecord(
  options: Pick<EngineOptions, 'records' | 'chainId' | 'signer'>,
): Promise<SignRecord | null> {
  const raw = await options.records.load();
  if (raw === null || options.signer === null) return null;
  const record = readRecord(raw);
  const { chainId } = options;
  const { validator } = options.signer;
  if (record.chainId === chainId && record.validator === validator) return record;
  throw new OrderingError(
    'BAD_RECORD',
    `the signing record is of ${record.validator} on chain ${record.chainId}, this node is ${validator} on ${chainId}`,
    'use the data directory that belongs to this chain and key, or start anew with --reset',
  );
}

function readRecord(raw: Uint8Array): SignRecord {
  try {
    return decode(SignRecord, raw, MAX_RECORD_BYTES);
  } catch (error) {
    throw new OrderingError(
      'BAD_RECORD',
      `the signing record does not decode: ${error instanceof Error ? error.message : String(error)}`,
      'the record is damaged: a validator must not guess what it signed; restore it or start anew with --reset',
    );
  }
}

/** What a height is opened with. */
export interface HeightPlan {
  readonly chainId: string;
  readonly height: number;
  readonly validators: ValidatorSet;
  /** This node's key; it signs only at heights where it is a validator. */
  readonly signer: CoreSigner | null;
  readonly log: Pick<Log, 'warn'>;
}

/** {@link openPlanned} with what the engine was given. */
export function openHeight(options: EngineOptions, height: number, record: SignRecord | null): OpenHeight {
  const { chainId, application, log, signer } = options;
  const validators = application.validators(height);
  const plan = { chainId, height, validators, signer: signer && coreSigner(signer), log };
  return openPlanned(plan, record);
}

/**
 * Opens a height. A record of this height is taken up. A record of a later one means that committed blocks were lost
 * after this validator had voted on top of them: it follows without a signature until it is past what it may have
 * signed.
 */
export function openPlanned(plan: HeightPlan, record: SignRecord | null): OpenHeight {
  const { chainId, height, validators, log } = plan;
  const proposer = proposersOf(validators, height);
  const committee = committeeOf(chainId, height, validators, proposer);
  const votes = plan.signer !== null && committee.powers.has(plan.signer.validator);
  const tooEarly = record !== null && record.height > height;
  if (votes && tooEarly)
    log.warn({ height, signed: record.height }, 'signed at a later height already: following without a vote');
  const signer = votes && !tooEarly ? plan.signer : null;
  const heightOptions = { chainId, height, validators, proposer, signer };
  const state =
    signer !== null && record?.height === height
      ? restoreHeight(heightOptions, record)
      : newHeight(heightOptions);
  return { committee, state };
}

/** Proposers by round, remembered. */
function proposersOf(validators: ValidatorSet, height: number): (round: number) => Account {
  const proposers = new Map<number, Account>();
  return round => {
    const known = proposers.get(round);
    if (known !== undefined) return known;
    const found = proposerAt(validators, height, round);
    if (proposers.size < 64) proposers.set(round, found);
    return found;
  };
}

const coreSigner = (signer: ValidatorSigner): CoreSigner => ({
  validator: signer.validator,
  signVote: body => signer.sign(voteBytes(body)),
  signProposal: body => signer.sign(proposalBytes(body)),
});
