/**
 * Evidence that waits for a block. It is small, and rare while nobody cheats: everything is kept in memory and on disk,
 * and looked at again after each block.
 */
import {
  admitEvidence,
  type CheckedEvidence,
  compareOffences,
  type Evidence,
  EvidenceError,
  type EvidenceErrorCode,
  evidenceChecks,
  getValidators,
  LIMITS,
  type Offence,
  type State,
} from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import type { BulkVerifier, Log } from '../ordering/types.ts';
import { checkEvidence } from './check.ts';

/** Offences that wait; of one validator, so that one without scruples leaves room for the others. */
const MAX_WAITING = 256;
const MAX_OF_ONE = 32;
/** Heights from the next block on for which the state knows who votes. */
const KNOWN_AHEAD = 2;

/** What became of evidence: it waits now, it is known or being checked, there is no room, or the reason why not. */
export type Taken = 'added' | 'known' | 'full' | EvidenceErrorCode;

/** Keeps evidence over a restart. Losing it is no disaster: others have it too. */
export interface EvidenceStore {
  load(): Promise<readonly Evidence[]>;
  save(evidence: Evidence): Promise<void>;
  remove(offences: readonly Offence[]): Promise<void>;
}

export interface EvidencePool {
  readonly size: number;
  /**
   * Takes evidence up; its signatures are verified here. Bytes of anybody will do.
   * What is `added` has been written, unless the disk refused it, which the log tells.
   */
  add(evidence: Evidence): Promise<Taken>;
  /** What waits, in order of {@link compareOffences}. */
  waiting(): readonly Evidence[];
  /** What may stand in the block of this height on top of this state, in order, no more than a block holds. */
  candidates(state: State, height: number): readonly CheckedEvidence[];
  /** After each commit: forgets what is punished or expired. */
  committed(): void;
  onAdded(listener: (evidence: Evidence) => void): void;
  /** Takes up what was kept before a restart. */
  restore(): Promise<void>;
}

export interface EvidencePoolOptions {
  readonly chainId: string;
  readonly verifier: BulkVerifier;
  readonly store: EvidenceStore;
  readonly head: () => { readonly state: State; readonly nextHeight: number };
  /** The key of this node, if it is a validator. */
  readonly own: Account | null;
  readonly log: Log;
}

export function createEvidencePool(options: EvidencePoolOptions): EvidencePool {
  const { chainId, verifier, store, head, own, log } = options;
  const waiting = new Map<string, CheckedEvidence>();
  const judging = new Set<string>();
  const listeners: ((evidence: Evidence) => void)[] = [];
  let disk = Promise.resolve();

  /** The reason why evidence is of no use on top of the last block, its signatures aside. */
  function refusal(evidence: Evidence): EvidenceErrorCode | undefined {
    const { state, nextHeight } = head();
    return refusalOf(() => {
      evidenceChecks(evidence, chainId);
      if (evidence.height < nextHeight) admitEvidence(state, { evidence, verified: true }, nextHeight);
      else requireKnownAhead(evidence, state, nextHeight);
    });
  }

  function hasRoom({ validator }: Offence): boolean {
    const accused = [...waiting.values()].filter(({ evidence }) => evidence.validator === validator);
    return waiting.size + judging.size < MAX_WAITING && accused.length < MAX_OF_ONE;
  }

  async function verify(name: string, evidence: Evidence): Promise<Taken> {
    judging.add(name);
    try {
      const [checked] = await checkEvidence([evidence], verifier, chainId);
      if (checked?.verified !== true) return 'BAD_SIGNATURE';
      // Blocks may have come meanwhile.
      const reason = refusal(evidence);
      if (reason !== undefined) return reason;
      waiting.set(name, checked);
      return 'added';
    } finally {
      judging.delete(name);
    }
  }

  function tell(evidence: Evidence): void {
    const { kind, validator, height, round, first, second } = evidence;
    const votes = [first, second].map(({ signature: _, ...said }) => said);
    log.warn({ validator, height, round, kind, votes }, 'a validator signed twice');
    if (validator === own)
      log.error(
        { validator, height },
        'another node signs with the key of this node: stop one of them, each double-signing burns stake',
      );
    for (const listener of listeners) listener(evidence);
  }

  function forget(evidence: readonly Evidence[]): void {
    if (evidence.length === 0) return;
    for (const gone of evidence) waiting.delete(nameOf(gone));
    void onDisk(() => store.remove(evidence));
  }

  /** One after the other: a removal that overtakes the saving of the same evidence would bring it back. */
  function onDisk(work: () => Promise<void>): Promise<void> {
    disk = disk
      .then(work)
      .catch((error: unknown) => log.error({ err: error }, 'evidence could not be kept on disk'));
    return disk;
  }

  const sorted = (): CheckedEvidence[] =>
    [...waiting.values()].sort((a, b) => compareOffences(a.evidence, b.evidence));

  const pool: EvidencePool = {
    get size() {
      return waiting.size;
    },
    async add(evidence) {
      const name = nameOf(evidence);
      if (waiting.has(name) || judging.has(name)) return 'known';
      const reason = refusal(evidence);
      if (reason !== undefined) return reason;
      if (!hasRoom(evidence)) return 'full';
      const taken = await verify(name, evidence);
      if (taken !== 'added') return taken;
      tell(evidence);
      await onDisk(() => store.save(evidence));
      return taken;
    },
    waiting: () => sorted().map(({ evidence }) => evidence),
    candidates: (state, height) =>
      sorted()
        .filter(checked => refusalOf(() => admitEvidence(state, checked, height)) === undefined)
        .slice(0, LIMITS.blockEvidence),
    committed() {
      const kept = [...waiting.values()].map(({ evidence }) => evidence);
      forget(kept.filter(evidence => refusal(evidence) !== undefined));
    },
    onAdded: listener => listeners.push(listener),
    async restore() {
      for (const evidence of await store.load()) {
        const taken = await pool.add(evidence);
        if (taken !== 'added' && taken !== 'known') void onDisk(() => store.remove([evidence]));
      }
    },
  };
  return pool;
}

/** A height that is not committed: nothing is punished there yet, and its validators are known if it is near. */
function requireKnownAhead({ validator, height }: Evidence, state: State, nextHeight: number): void {
  const ahead = height - nextHeight + 1;
  if (ahead > KNOWN_AHEAD)
    throw new EvidenceError('FUTURE', `height ${height} is far ahead of ${nextHeight}`);
  const voters = getValidators(state, ahead === 1 ? 1 : 2);
  if (!voters.some(voter => voter.validator === validator))
    throw new EvidenceError('NOT_A_VALIDATOR', `${validator} is no validator at height ${height}`);
}

function refusalOf(judge: () => void): EvidenceErrorCode | undefined {
  try {
    judge();
    return undefined;
  } catch (error) {
    if (error instanceof EvidenceError) return error.code;
    throw error;
  }
}

const nameOf = ({ kind, validator, height, round }: Offence): string =>
  `${kind}/${height}/${round}/${validator}`;
