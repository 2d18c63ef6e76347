/** What must hold, looked at from outside after every effect (ordering.md, "What must hold"). */
import { type Commit, totalPower } from '../../../chain/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import type { Vote } from '../../../node/ordering/messages.ts';
import type { CoreMessage, Evidence, Value } from '../../../node/ordering/tendermint/types.ts';
import { guiltyOf } from './accountability.ts';
import type { Blocks, Tip } from './blocks.ts';
import { numberOf, type Signatures, type UnsignedVote } from './signatures.ts';

export const PROMISES = [
  'agreement',
  'validity',
  'certificate',
  'no double signing',
  'lock',
  'honest accused',
  'evidence given out',
  'fork accounted for',
  'no step back',
  'round begun early',
  'determinism',
  'liveness',
] as const;
export type PromiseName = (typeof PROMISES)[number];

/** The simulated world broke a promise of the algorithm. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly promise: PromiseName;
  constructor(promise: PromiseName, message: string) {
    super(`${promise}: ${message}`);
    this.promise = promise;
  }
}

interface Powers {
  readonly of: ReadonlyMap<Account, number>;
  readonly total: number;
}

/** What honest validators have signed and sent at one height. */
interface Book {
  readonly powers: Powers;
  /** Block (or null, or block and valid round) by kind, round and validator. */
  readonly slots: Map<string, string>;
  /** Power behind prevotes, by round and block. */
  readonly prevotes: Map<string, number>;
  /** Last precommit for a block of each honest validator: its lock. */
  readonly locks: Map<Account, Vote>;
}

interface Decided {
  readonly tip: Tip;
  readonly certificate: Commit;
}

export interface JudgeOptions {
  readonly blocks: Blocks;
  readonly signatures: Signatures;
  /** Follows the protocol, whatever its application does. */
  readonly isHonest: (validator: Account) => boolean;
  /** More than a third is faulty: a fork is no violation as long as the guilty are known. */
  readonly overrun: boolean;
}

export class Judge {
  readonly #options: JudgeOptions;
  /** The one chain, from the genesis on. */
  readonly #chain: Decided[] = [];
  readonly #books = new Map<number, Book>();
  /** Numbers of the signatures that have left a node. */
  readonly #sent = new Set<number>();
  /** Votes that some honest node has seen, by the number of the signature; only kept when a fork can happen. */
  readonly #seen = new Map<number, UnsignedVote>();
  evidence = 0;
  /** Honest nodes decided two blocks for one height, and the guilty ones are known. */
  forked = false;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** The end of the chain below a height; undefined while nobody honest has decided so far. */
  #tipBelow(height: number): Tip | undefined {
    const { genesis } = this.#options.blocks;
    return height === genesis.height + 1 ? genesis : this.#chain[height - genesis.height - 2]?.tip;
  }

  /** A message left a node whose chain ends with `tip`. Votes of others that it passes on are not its own. */
  sends(validator: Account, message: CoreMessage, tip: Tip): void {
    const honest = this.#options.isHonest(validator);
    const book = this.#book(tip);
    if (message.kind === 'vote') {
      if (message.vote.validator === validator) this.#sendsVote(message.vote, honest, book);
    } else if (message.kind === 'proposal') {
      this.#sendsProposal(message, honest, book);
      if (honest && message.polka !== null) this.#proves(message.polka, 'prevote', book);
    } else if (honest) this.#proves(message.certificate, 'prevote', book);
  }

  #sendsVote(vote: Vote, honest: boolean, book: Book): void {
    const number = numberOf(vote.signature);
    if (this.#sent.has(number)) return;
    this.#sent.add(number);
    const { kind, round, blockHash, validator } = vote;
    if (kind === 'prevote' && blockHash !== null) {
      const key = `${round}/${blockHash}`;
      const power = book.powers.of.get(validator) ?? 0;
      book.prevotes.set(key, (book.prevotes.get(key) ?? 0) + power);
    }
    if (!honest) return;
    onlyOnce(book, `${kind} of ${validator} in round ${round} at height ${vote.height}`, `${blockHash}`);
    if (kind === 'prevote') obeysLock(book, vote);
    else if (blockHash !== null) book.locks.set(validator, vote);
  }

  #sendsProposal(
    { proposal }: Extract<CoreMessage, { kind: 'proposal' }>,
    honest: boolean,
    book: Book,
  ): void {
    this.#sent.add(numberOf(proposal.signature));
    if (!honest) return;
    const { proposer, height, round, blockHash, validRound } = proposal;
    const slot = `proposal of ${proposer} in round ${round} at height ${height}`;
    onlyOnce(book, slot, `${blockHash} from round ${validRound}`);
  }

  #book(tip: Tip): Book {
    const height = tip.height + 1;
    const known = this.#books.get(height);
    if (known !== undefined) return known;
    const book = { powers: powersOf(tip), slots: new Map(), prevotes: new Map(), locks: new Map() };
    this.#books.set(height, book);
    return book;
  }

  /** A certificate that an honest node shows to others or acts on: a quorum of signatures that were made and sent. */
  #proves(certificate: Commit, kind: Vote['kind'], { powers }: Book): void {
    const { height, round, signatures } = certificate;
    const voters = new Set(signatures.map(({ validator }) => validator));
    const power = [...voters].reduce((sum, validator) => sum + (powers.of.get(validator) ?? 0), 0);
    const name = `the ${kind}s of round ${round} at height ${height}`;
    if (power * 3 <= powers.total * 2)
      throw new Violation('certificate', `${name}: ${power} of ${powers.total} is no quorum`);
    if (!this.#options.signatures.isCertificate(certificate, kind))
      throw new Violation('certificate', `${name}: a signature is of something else`);
    for (const { validator, signature } of signatures)
      if (!this.#sent.has(numberOf(signature)))
        throw new Violation('certificate', `${name}: ${validator} never sent that vote`);
  }

  /** An honest node decided. */
  decides(height: number, value: Value, certificate: Commit): void {
    const { blocks, overrun } = this.#options;
    const tip = this.#tipBelow(height);
    if (tip === undefined) throw new Violation('agreement', `height ${height} is decided before its parent`);
    this.#proves(certificate, 'precommit', this.#book(tip));
    if (certificate.blockHash !== value.hash)
      throw new Violation('certificate', `height ${height}: a certificate for another block`);
    const before = this.#chain[height - blocks.genesis.height - 1];
    if (before === undefined) {
      const wrong = blocks.judge(tip, value, true);
      if (wrong !== null) throw new Violation('validity', `height ${height} is ${value.hash}: ${wrong}`);
      this.#chain.push({ tip: blocks.apply(tip, value), certificate });
    } else if (before.tip.hash !== value.hash) {
      if (!overrun)
        throw new Violation('agreement', `height ${height} is ${before.tip.hash} and ${value.hash}`);
      this.#account(tip, [before.certificate, certificate]);
    }
  }

  /** A fork: what honest nodes saw must prove the guilt of more than a third, and of nobody honest. */
  #account(tip: Tip, certificates: readonly Commit[]): void {
    const height = tip.height + 1;
    for (const { signatures } of certificates) for (const { signature } of signatures) this.#see(signature);
    const votes = [...this.#seen.values()].filter(vote => vote.height === height);
    const { of, total } = this.#book(tip).powers;
    const guilty = guiltyOf(votes, of, total);
    const innocent = [...guilty].find(this.#options.isHonest);
    if (innocent !== undefined)
      throw new Violation('honest accused', `${innocent}, after the fork at height ${height}`);
    const power = [...guilty].reduce((sum, validator) => sum + (of.get(validator) ?? 0), 0);
    if (power * 3 <= total)
      throw new Violation('fork accounted for', `${power} of ${total} proved guilty at height ${height}`);
    this.forked = true;
  }

  #see(signature: Uint8Array): void {
    const vote = this.#options.signatures.voteBehind(signature);
    if (vote !== undefined) this.#seen.set(numberOf(signature), vote);
  }

  /** An honest node took these signatures in. */
  sees(signatures: readonly { readonly signature: Uint8Array }[]): void {
    if (this.#options.overrun) for (const { signature } of signatures) this.#see(signature);
  }

  accused({ kind, first, second }: Evidence): void {
    const { isHonest, signatures } = this.#options;
    const author = kind === 'vote' ? first.validator : first.proposer;
    if (isHonest(author)) throw new Violation('honest accused', `${author} at height ${first.height}`);
    const proves =
      kind === 'vote'
        ? isPair(first, second) &&
          signatures.isVote(first, first.signature) &&
          signatures.isVote(second, second.signature)
        : first.height === second.height &&
          first.round === second.round &&
          (first.blockHash !== second.blockHash || first.validRound !== second.validRound) &&
          signatures.isProposal(first) &&
          signatures.isProposal(second);
    if (!proves) throw new Violation('honest accused', `evidence that proves nothing against ${author}`);
    this.evidence++;
  }
}

const isPair = (first: Vote, second: Vote): boolean =>
  first.kind === second.kind &&
  first.height === second.height &&
  first.round === second.round &&
  first.validator === second.validator &&
  first.blockHash !== second.blockHash;

function powersOf({ voters: [, next] }: Tip): Powers {
  return { of: new Map(next.map(({ validator, power }) => [validator, power])), total: totalPower(next) };
}

function onlyOnce({ slots }: Book, slot: string, content: string): void {
  const before = slots.get(slot);
  if (before !== undefined && before !== content)
    throw new Violation('no double signing', `${slot}: ${before} and ${content}`);
  slots.set(slot, content);
}

/** A prevote against the own lock needs a polka for the other block in the round of the lock or later. */
function obeysLock({ locks, prevotes, powers }: Book, { validator, round, blockHash }: Vote): void {
  const lock = locks.get(validator);
  if (lock === undefined || lock.round >= round) return;
  if (blockHash === null || blockHash === lock.blockHash) return;
  for (let earlier = lock.round; earlier < round; earlier++)
    if ((prevotes.get(`${earlier}/${blockHash}`) ?? 0) * 3 > powers.total * 2) return;
  throw new Violation(
    'lock',
    `${validator} prevoted ${blockHash} in round ${round}, locked on ${lock.blockHash}`,
  );
}
