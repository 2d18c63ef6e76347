/** What must hold, looked at from outside after every effect (ordering.md, "What must hold"). */
import type { Commit, ValidatorSet } from '../../../chain/index.ts';
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../../../node/ordering/messages.ts';
import type { Evidence } from '../../../node/ordering/tendermint/types.ts';

/** The simulated world broke a promise of the algorithm. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export interface Judge {
  /** A message with this author's signature left a node. */
  signed(message: Vote | Proposal, honest: boolean): void;
  /** Whether such a vote was ever signed. */
  wasSigned(vote: Omit<Vote, 'signature'>): boolean;
  wasProposed(proposal: Proposal): boolean;
  /** An honest node decided. */
  decided(height: number, blockHash: Hex, certificate: Commit): void;
  accused(evidence: Evidence): void;
  readonly evidence: number;
}

const voteKey = ({ kind, height, round, blockHash, validator }: Omit<Vote, 'signature'>): string =>
  `${kind}/${height}/${round}/${blockHash}/${validator}`;
const proposalKey = ({ height, round, validRound, blockHash, proposer }: Proposal): string =>
  `${height}/${round}/${validRound}/${blockHash}/${proposer}`;

export function createJudge(
  validators: ValidatorSet,
  isHonest: (validator: Account) => boolean,
  isValid: (blockHash: Hex) => boolean,
): Judge {
  const powers = new Map(validators.map(({ validator, power }) => [validator, power]));
  const total = validators.reduce((sum, { power }) => sum + power, 0);
  const all = new Set<string>();
  /** Content of what honest validators signed, by slot. */
  const slots = new Map<string, string>();
  /** Power behind each vote, by kind, height, round and block. */
  const tallies = new Map<string, number>();
  /** Last precommit for a block of each honest validator: its lock. */
  const locks = new Map<Account, Vote>();
  const chain = new Map<number, Hex>();
  let evidence = 0;

  const fail = (reason: string): never => {
    throw new Violation(reason);
  };

  function onlyOnce(slot: string, content: string): void {
    const before = slots.get(slot);
    if (before !== undefined && before !== content)
      fail(`an honest validator signed twice: ${before} and ${content}`);
    slots.set(slot, content);
  }

  /** A prevote against the own lock needs a polka for the other block in the round of the lock or later. */
  function obeysLock(vote: Vote): void {
    const lock = locks.get(vote.validator);
    if (lock === undefined || lock.height !== vote.height || lock.round >= vote.round) return;
    if (vote.blockHash === null || vote.blockHash === lock.blockHash) return;
    for (let round = lock.round; round < vote.round; round++)
      if ((tallies.get(`prevote/${vote.height}/${round}/${vote.blockHash}`) ?? 0) * 3 > total * 2) return;
    fail(`${vote.validator} prevoted ${vote.blockHash} in round ${vote.round}, locked on ${lock.blockHash}`);
  }

  function signedVote(vote: Vote, honest: boolean): void {
    const key = voteKey(vote);
    const isNew = !all.has(key);
    all.add(key);
    const { kind, height, round, blockHash, validator } = vote;
    if (isNew) {
      const tally = `${kind}/${height}/${round}/${blockHash}`;
      tallies.set(tally, (tallies.get(tally) ?? 0) + (powers.get(validator) ?? 0));
    }
    if (!honest || !isNew) return;
    onlyOnce(`${kind}/${height}/${round}/${validator}`, key);
    if (kind === 'prevote') obeysLock(vote);
    else if (blockHash !== null) locks.set(validator, vote);
  }

  return {
    signed(message, honest) {
      if ('kind' in message) return signedVote(message, honest);
      const key = proposalKey(message);
      all.add(key);
      if (honest) onlyOnce(`proposal/${message.height}/${message.round}/${message.proposer}`, key);
    },
    wasSigned: vote => all.has(voteKey(vote)),
    wasProposed: proposal => all.has(proposalKey(proposal)),
    decided(height, blockHash, { round, signatures }) {
      const before = chain.get(height);
      if (before !== undefined && before !== blockHash)
        fail(`agreement: height ${height} is ${before} and ${blockHash}`);
      chain.set(height, blockHash);
      if (!isValid(blockHash)) fail(`validity: height ${height} is the bad block ${blockHash}`);
      const voters = new Set(signatures.map(({ validator }) => validator));
      const power = [...voters].reduce((sum, validator) => sum + (powers.get(validator) ?? 0), 0);
      if (power * 3 <= total * 2) fail(`certificate of height ${height}: ${power} of ${total} is no quorum`);
      for (const validator of voters)
        if (!all.has(voteKey({ kind: 'precommit', height, round, blockHash, validator })))
          fail(`certificate of height ${height}: ${validator} did not send that precommit`);
    },
    accused({ kind, first, second }) {
      const author = kind === 'vote' ? first.validator : first.proposer;
      if (isHonest(author)) fail(`evidence against the honest ${author}`);
      if (first.blockHash === second.blockHash && kind === 'vote') fail('evidence of two equal votes');
      evidence++;
    },
    get evidence() {
      return evidence;
    },
  };
}
