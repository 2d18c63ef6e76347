/** One validator's core under a microscope: inputs by hand, effects as short words. */
import { type Commit, SCHEMES, type ValidatorSet } from '../../chain/index.ts';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../../node/ordering/messages.ts';
import type { SignRecord } from '../../node/ordering/tendermint/record.ts';
import { type HeightState, newHeight, restoreHeight } from '../../node/ordering/tendermint/state.ts';
import { step } from '../../node/ordering/tendermint/step.ts';
import type { Effect, HeightOptions, Input, Value } from '../../node/ordering/tendermint/types.ts';

export const HEIGHT = 7;
const SIGNATURE = new Uint8Array(65).fill(SCHEMES.ed25519);

const named = (prefix: string, index: number): Hex => `0x${prefix}${index.toString(16).padStart(62, '0')}`;
export const validatorAt = (index: number): Account => named('aa', index);
/** Blocks are called by one letter. */
export const blockOf = (letter: string): Value => ({
  hash: named('bb', letter.charCodeAt(0)),
  bytes: new TextEncoder().encode(letter),
});
const letterOf = (hash: Hex | null): string =>
  hash === null ? 'nil' : String.fromCharCode(Number.parseInt(hash.slice(4), 16));

export interface Core {
  readonly state: HeightState;
  /** Effects of an input, in words. */
  give(input: Input): string[];
  start(): string[];
  /** The proposer of the round proposes. */
  proposal(round: number, letter: string, validRound?: number | null, polka?: Commit | null): string[];
  /** Votes of others, one input each; `letter` null for nil. */
  votes(kind: Vote['kind'], round: number, letter: string | null, ...from: number[]): string[];
  certificate(
    kind: Vote['kind'],
    round: number,
    letter: string,
    from: readonly number[],
    known?: boolean,
  ): string[];
  valid(letter: string, valid?: boolean): string[];
  value(round: number, letter: string): string[];
  timeout(timer: 'propose' | 'prevote' | 'precommit' | 'retransmit', round: number): string[];
  /** Effects of the last input. */
  readonly effects: readonly Effect[];
  /** The last record that was persisted. */
  readonly record: SignRecord | null;
}

export interface CoreOptions {
  readonly self?: number | null;
  readonly powers?: readonly number[];
  readonly record?: SignRecord;
}

/** Validator `self` (3 unless told) of four; validator `round % 4` proposes. */
export function createCore({ self = 3, powers = [1, 1, 1, 1], record }: CoreOptions = {}): Core {
  const validators: ValidatorSet = powers.map((power, index) => ({ validator: validatorAt(index), power }));
  const proposer = (round: number): Account => validatorAt(round % powers.length);
  const signer =
    self === null
      ? null
      : { validator: validatorAt(self), signVote: () => SIGNATURE, signProposal: () => SIGNATURE };
  const options: HeightOptions = { chainId: 'test', height: HEIGHT, validators, proposer, signer };
  const state = record === undefined ? newHeight(options) : restoreHeight(options, record);
  let effects: readonly Effect[] = [];
  let persisted: SignRecord | null = record ?? null;

  const core: Core = {
    state,
    give(input) {
      effects = step(state, input);
      for (const effect of effects) if (effect.kind === 'persist') persisted = effect.record;
      return effects.map(inWords);
    },
    start: () => core.give({ kind: 'start', height: HEIGHT }),
    proposal(round, letter, validRound = null, polka = null) {
      const value = blockOf(letter);
      const proposal: Proposal = {
        height: HEIGHT,
        round,
        validRound,
        blockHash: value.hash,
        proposer: proposer(round),
        signature: SIGNATURE,
      };
      return core.give({ kind: 'proposal', height: HEIGHT, proposal, value, polka });
    },
    votes: (kind, round, letter, ...from) =>
      from.flatMap(index =>
        core.give({ kind: 'vote', height: HEIGHT, vote: voteOf(kind, round, letter, index) }),
      ),
    certificate: (of, round, letter, from, known = true) =>
      core.give({
        kind: 'certificate',
        height: HEIGHT,
        of,
        certificate: certificateOf(round, letter, from),
        value: known ? blockOf(letter) : null,
      }),
    valid: (letter, valid = true) =>
      core.give({ kind: 'verdict', height: HEIGHT, blockHash: blockOf(letter).hash, valid }),
    value: (round, letter) => core.give({ kind: 'value', height: HEIGHT, round, value: blockOf(letter) }),
    timeout: (timer, round) => core.give({ kind: 'timeout', height: HEIGHT, round, timer }),
    get effects() {
      return effects;
    },
    get record() {
      return persisted;
    },
  };
  return core;
}

export function voteOf(kind: Vote['kind'], round: number, letter: string | null, from: number): Vote {
  const blockHash = letter === null ? null : blockOf(letter).hash;
  return { kind, height: HEIGHT, round, blockHash, validator: validatorAt(from), signature: SIGNATURE };
}

export function certificateOf(round: number, letter: string, from: readonly number[]): Commit {
  const signatures = from.map(index => ({ validator: validatorAt(index), signature: SIGNATURE }));
  return { height: HEIGHT, round, blockHash: blockOf(letter).hash, signatures };
}

/** `prevote A 0`, `propose B 1 valid 0 with polka`, `timer propose 0`, `persist` ... */
function inWords(effect: Effect): string {
  switch (effect.kind) {
    case 'persist':
      return 'persist';
    case 'timer':
      return `timer ${effect.timer} ${effect.round}`;
    case 'evidence':
      return `evidence ${effect.evidence.kind}`;
    case 'propose-value':
      return `want value ${effect.round}`;
    case 'validate':
      return `validate ${letterOf(effect.value.hash)}`;
    case 'decide':
      return `decide ${letterOf(effect.value.hash)} ${effect.certificate.round} by ${effect.certificate.signatures.length}`;
    case 'send':
      return messageInWords(effect.message);
  }
}

function messageInWords(message: Extract<Effect, { kind: 'send' }>['message']): string {
  if (message.kind === 'vote')
    return `${message.vote.kind} ${letterOf(message.vote.blockHash)} ${message.vote.round}`;
  if (message.kind === 'polka')
    return `polka ${letterOf(message.certificate.blockHash)} ${message.certificate.round}`;
  const { proposal, polka } = message;
  const again = proposal.validRound === null ? '' : ` valid ${proposal.validRound}`;
  return `propose ${letterOf(proposal.blockHash)} ${proposal.round}${again}${polka === null ? '' : ' with polka'}`;
}
