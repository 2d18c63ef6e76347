/**
 * A peer that only listens. It sees every proposal and vote that validators send, over all their restarts, and finds the
 * validator that signs two different messages of one kind for one height and round, and two decisions for one height.
 */
import type { Genesis } from '../../chain/index.ts';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import { handshakeOf } from '../../node/hello.ts';
import { decodeMessage, MAX_MESSAGE_BYTES, type Vote } from '../../node/ordering/messages.ts';
import type { SignRecord } from '../../node/ordering/tendermint/record.ts';
import { VERSION } from '../../node/version.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import type { Network, PeerId } from '../../p2p/network.ts';
import { silentLog } from '../../p2p/silent-log.ts';
import type { Signed } from './plan.ts';

/** Heights that stay in memory behind the slowest validator. */
const KEPT = 256;

export type Sight =
  /** The author's own message, by its account. */
  | { readonly kind: Signed; readonly validator: Account; readonly height: number; readonly round: number }
  /** A validator has committed this height. */
  | { readonly kind: 'committed'; readonly validator: Account; readonly height: number }
  /** More than two thirds have signed that a block is final. */
  | { readonly kind: 'decided'; readonly height: number }
  | { readonly kind: 'gone'; readonly validator: Account };

/** Proposals: block and proved round; votes: block. Two of them for one place are a double signature. */
type Places = Map<string, string>;

/** What was signed, by height. Fed from the wire and from the records on disk. */
export class Signatures {
  readonly #quorum: number;
  readonly #heights = new Map<number, Places>();
  readonly #supporters = new Map<number, Map<string, Set<Account>>>();
  readonly #decided = new Map<number, Hex>();
  #floor = 0;
  #count = 0;
  readonly doubles: string[] = [];

  constructor(quorum: number) {
    this.#quorum = quorum;
  }

  /** Different messages seen. */
  get count(): number {
    return this.#count;
  }

  /** Heights in memory. */
  get size(): number {
    return this.#heights.size;
  }

  decided(height: number): Hex | undefined {
    return this.#decided.get(height);
  }

  /** True if it was not known yet. */
  add(kind: Signed, validator: Account, height: number, round: number, what: string): boolean {
    if (height < this.#floor) return false;
    const places = this.#heights.get(height) ?? new Map<string, string>();
    this.#heights.set(height, places);
    const place = `${kind}/${validator}/${round}`;
    const known = places.get(place);
    if (known === what) return false;
    if (known !== undefined) {
      const double = `${validator} signed two ${kind}s for height ${height}, round ${round}: ${known} and ${what}`;
      // They are sent again and again.
      if (!this.doubles.includes(double)) this.doubles.push(double);
      return true;
    }
    places.set(place, what);
    this.#count++;
    return true;
  }

  /** True if it decided the height. */
  addPrecommit(validator: Account, height: number, round: number, blockHash: Hex | null): boolean {
    if (!this.add('precommit', validator, height, round, String(blockHash)) || blockHash === null)
      return false;
    const supporters = this.#supporters.get(height) ?? new Map<string, Set<Account>>();
    this.#supporters.set(height, supporters);
    const place = `${round}/${blockHash}`;
    const voters = supporters.get(place) ?? new Set<Account>();
    supporters.set(place, voters.add(validator));
    if (voters.size !== this.#quorum) return false;
    const other = this.#decided.get(height);
    if (other !== undefined && other !== blockHash)
      this.doubles.push(`height ${height} was decided twice: ${other} and ${blockHash}`);
    this.#decided.set(height, blockHash);
    return other === undefined;
  }

  /** Messages of lower heights are no longer awaited: everybody has left them behind. */
  forgetBelow(height: number): void {
    for (; this.#floor < height; this.#floor++) {
      this.#heights.delete(this.#floor);
      this.#supporters.delete(this.#floor);
      this.#decided.delete(this.#floor);
    }
  }
}

/** Votes of validators with equal power. */
const quorumOf = (validators: number): number => Math.floor((validators * 2) / 3) + 1;

export interface Witness {
  readonly signatures: Signatures;
  readonly address: string;
  /** Messages received. */
  messages(): number;
  /** Last height that a validator said it had committed. */
  committed(validator: Account): number;
  /** The height of the last message that a validator signed. */
  signedHeight(validator: Account): number;
  /** What a record on disk proves to have been signed. */
  takeRecord(record: SignRecord): void;
  /** Calls back for each thing seen, until the result is called. */
  watch(listener: (sight: Sight) => void): () => void;
  /** Resolves, at once, with the first thing seen that passes. */
  until(test: (sight: Sight) => boolean): Promise<Sight>;
  stop(): Promise<void>;
}

/** `validators`: account by network identity. */
export async function startWitness(
  genesis: Genesis,
  validators: ReadonlyMap<PeerId, Account>,
): Promise<Witness> {
  const network = createLibp2pNetwork({
    privateKeySeed: new Uint8Array(32).fill(0x77),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    handshake: handshakeOf(genesis, VERSION),
    log: silentLog,
  });
  const witness = listen(network, validators);
  await network.start();
  const [address = ''] = network.addresses();
  return { ...witness, address, stop: () => network.stop() };
}

/** Call before the network starts. */
function listen(
  network: Network,
  validators: ReadonlyMap<PeerId, Account>,
): Omit<Witness, 'address' | 'stop'> {
  const signatures = new Signatures(quorumOf(validators.size));
  const committed = new Map<Account, number>([...validators.values()].map(validator => [validator, 0]));
  const signed = new Map<Account, number>();
  const listeners = new Set<(sight: Sight) => void>();
  let messages = 0;

  const tell = (sight: Sight): void => {
    for (const listener of [...listeners]) listener(sight);
  };

  function takeVote({ kind, validator, height, round, blockHash }: Omit<Vote, 'signature'>): void {
    if (kind === 'prevote') signatures.add(kind, validator, height, round, String(blockHash));
    else if (signatures.addPrecommit(validator, height, round, blockHash)) tell({ kind: 'decided', height });
  }

  function own(author: Account, kind: Signed, height: number, round: number): void {
    signed.set(author, Math.max(signed.get(author) ?? 0, height));
    // Nobody signs for a height before the one below is committed.
    advance(author, height - 1);
    tell({ kind, validator: author, height, round });
  }

  function advance(author: Account, height: number): void {
    if (height <= (committed.get(author) ?? 0)) return;
    committed.set(author, height);
    signatures.forgetBelow(Math.min(...committed.values()) - KEPT);
    tell({ kind: 'committed', validator: author, height });
  }

  function takeCertificate(kind: Vote['kind'], certificate: CertificateLike): void {
    const { height, round, blockHash } = certificate;
    for (const { validator } of certificate.signatures)
      takeVote({ kind, validator, height, round, blockHash });
  }

  network.channel('ordering', {
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxQueuedBytes: 1024,
    onMessage(peer, raw) {
      const author = validators.get(peer);
      if (author === undefined) return;
      messages++;
      const message = decodeMessage(raw);
      if (message.kind === 'status') advance(author, message.height - 1);
      else if (message.kind === 'vote') {
        takeVote(message.vote);
        const { validator, kind, height, round } = message.vote;
        // Others' precommits travel along as the proof of a round.
        if (validator === author) own(author, kind, height, round);
      } else if (message.kind === 'proposal') {
        const { proposer, height, round, blockHash, validRound } = message.proposal;
        signatures.add('proposal', proposer, height, round, `${blockHash} proved by ${validRound}`);
        if (message.polka !== null) takeCertificate('prevote', message.polka);
        if (proposer === author) own(author, 'proposal', height, round);
      } else takeCertificate(message.kind === 'polka' ? 'prevote' : 'precommit', message.certificate);
    },
  });
  // Nodes write into these too.
  network.channel('transactions', {
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxQueuedBytes: 1024,
    onMessage() {},
  });
  network.onPeer(event => {
    const validator = event.kind === 'disconnected' ? validators.get(event.id) : undefined;
    if (validator !== undefined) tell({ kind: 'gone', validator });
  });

  function watch(listener: (sight: Sight) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    signatures,
    messages: () => messages,
    committed: validator => committed.get(validator) ?? 0,
    signedHeight: validator => signed.get(validator) ?? 0,
    takeRecord({ proposal, prevote, precommit }) {
      if (proposal !== null)
        signatures.add(
          'proposal',
          proposal.proposer,
          proposal.height,
          proposal.round,
          `${proposal.blockHash} proved by ${proposal.validRound}`,
        );
      for (const vote of [prevote, precommit]) if (vote !== null) takeVote(vote);
    },
    watch,
    until(test) {
      return new Promise(resolve => {
        const stop = watch(sight => {
          if (!test(sight)) return;
          stop();
          resolve(sight);
        });
      });
    },
  };
}

interface CertificateLike {
  readonly height: number;
  readonly round: number;
  readonly blockHash: Hex;
  readonly signatures: readonly { readonly validator: Account }[];
}
