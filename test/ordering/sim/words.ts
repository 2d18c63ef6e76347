/** A schedule in lines that a person can read: `312.0 r2 1/0 prevote <- r0 proposal b3`. */
import type { Hex } from '../../../consensus/interface/index.ts';
import type { Effect, Input } from '../../../node/ordering/tendermint/types.ts';
import { DELAY } from './setup.ts';

/** Short names in order of appearance. */
export class Names {
  readonly #blocks = new Map<Hex, string>();

  block(hash: Hex | null): string {
    if (hash === null) return 'nil';
    let name = this.#blocks.get(hash);
    if (name === undefined) {
      name = `b${this.#blocks.size + 1}`;
      this.#blocks.set(hash, name);
    }
    return name;
  }

  /** Validators of the simulator are called by their last byte, 0xa0 is the first. */
  validator(account: Hex): string {
    return `v${Number.parseInt(account.slice(-2), 16) - 0xa0}`;
  }

  time(now: number): string {
    return (now / DELAY).toFixed(2).padStart(8);
  }

  input(input: Input): string {
    switch (input.kind) {
      case 'start':
        return 'start';
      case 'proposal': {
        const { proposer, round, validRound, blockHash } = input.proposal;
        const proved =
          validRound === null ? '' : ` of round ${validRound}${input.polka ? ' with polka' : ''}`;
        return `proposal ${round} ${this.block(blockHash)}${proved} by ${this.validator(proposer)}`;
      }
      case 'vote': {
        const { kind, round, blockHash, validator } = input.vote;
        return `${kind} ${round} ${this.block(blockHash)} by ${this.validator(validator)}`;
      }
      case 'certificate': {
        const { round, blockHash, signatures } = input.certificate;
        const voters = signatures.map(({ validator }) => this.validator(validator)).join(' ');
        return `${input.of}s ${round} ${this.block(blockHash)} of ${voters}`;
      }
      case 'value':
        return `own block ${this.block(input.value.hash)} for round ${input.round}`;
      case 'verdict':
        return `${this.block(input.blockHash)} is ${input.valid ? 'valid' : 'not valid'}`;
      case 'timeout':
        return `timeout ${input.timer} ${input.round}`;
    }
  }

  effect(effect: Effect): string {
    switch (effect.kind) {
      case 'persist': {
        const { round, step, locked } = effect.record;
        const lock = locked === null ? '' : `, locked on ${this.block(locked.blockHash)} in ${locked.round}`;
        return `persist ${round} ${step}${lock}`;
      }
      case 'timer':
        return `timer ${effect.timer} ${effect.round}`;
      case 'evidence': {
        const { kind, first, second } = effect.evidence;
        const who = this.validator(kind === 'vote' ? first.validator : first.proposer);
        return `evidence against ${who}: ${this.block(first.blockHash)} and ${this.block(second.blockHash)}`;
      }
      case 'propose-value':
        return `ask for a block for round ${effect.round}`;
      case 'validate':
        return `ask about ${this.block(effect.value.hash)}`;
      case 'send': {
        const { message } = effect;
        if (message.kind === 'vote')
          return `send ${this.input({ kind: 'vote', height: message.vote.height, vote: message.vote })}`;
        if (message.kind === 'polka')
          return `send polka ${message.certificate.round} ${this.block(message.certificate.blockHash)}`;
        const { proposal, value, polka } = message;
        return `send ${this.input({ kind: 'proposal', height: proposal.height, proposal, value, polka })}`;
      }
      case 'decide':
        return `DECIDE ${effect.height} ${this.block(effect.value.hash)} in round ${effect.certificate.round}`;
    }
  }
}
