/** A peer that belongs to the chain by its handshake and to nobody else: what it can flood others with, one way each. */
import { type Genesis, LIMITS, SignedTransaction, voteBytes } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { handshakeOf } from '../../node/hello.ts';
import { encodeMessage, MAX_MESSAGE_BYTES } from '../../node/ordering/messages.ts';
import { BlocksRequest, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from '../../node/sync/messages.ts';
import { encodeFrames } from '../../p2p/core/frames.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import type { Channel, Network, PeerId, Service } from '../../p2p/network.ts';
import { silentLog } from '../../p2p/silent-log.ts';
import { fastSigner } from './fastSigner.ts';
import { signedCall } from './transfer.ts';

export interface Spammer {
  readonly genesis: Genesis;
  readonly network: Network;
  readonly transactions: Channel;
  readonly ordering: Channel;
  readonly blocks: Service;
  readonly victim: PeerId;
  /** The height that the victim works on. */
  height(): number;
}

export interface Attack {
  readonly name: string;
  /** Why the victim bans it. */
  readonly reason: RegExp;
  /** The flood as a whole; or a part of it, for a height that passes by, to be repeated until the victim had enough. */
  flood(spammer: Spammer): void;
  readonly repeat?: boolean;
}

const QUEUE_BYTES = 256 * 1024 * 1024;
/** Anybody's: what matters is that no two spammers share a peer id. */
let identities = 0;

/** A network with every lane of a node, not started. Its identity is new. */
export function createSpammer(genesis: Genesis, victim: PeerId, height: () => number): Spammer {
  const privateKeySeed = new Uint8Array(32).fill(0xab);
  new DataView(privateKeySeed.buffer).setUint32(0, ++identities);
  const network = createLibp2pNetwork({
    privateKeySeed,
    listen: [],
    handshake: handshakeOf(genesis, 'spam'),
    log: silentLog,
  });
  const lane = { maxQueuedBytes: QUEUE_BYTES, onMessage: () => undefined };
  return {
    genesis,
    network,
    transactions: network.channel('transactions', {
      ...lane,
      maxMessageBytes: 64 * 1024 + LIMITS.transaction + 4,
    }),
    ordering: network.channel('ordering', { ...lane, maxMessageBytes: MAX_MESSAGE_BYTES }),
    blocks: network.service('blocks', {
      maxRequestBytes: MAX_REQUEST_BYTES,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      maxConcurrent: 2,
      timeoutMs: 60_000,
      handle: async () => new Uint8Array(),
    }),
    victim,
    height,
  };
}

const BATCH = 200;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
const poor = fastSigner('spam: has no money');
const stranger = fastSigner('spam: no validator');
let count = 0;

const sendTransactions = (
  { transactions, victim }: Spammer,
  amount: number,
  make: (index: number) => Uint8Array,
): void => {
  for (let at = 0; at < amount; at += BATCH)
    transactions.send(victim, encodeFrames(Array.from({ length: BATCH }, () => make(count++))));
};

/** A transfer that is right in everything, of somebody who owns nothing; another one for each index. */
const poorTransfer = ({ genesis: { chainId } }: Spammer, index: number): Uint8Array =>
  hex(signedCall(chainId, poor, 0, { kind: 'transfer', to: stranger.account, amount: BigInt(index + 1) }));

function forgedTransfer(spammer: Spammer, index: number): Uint8Array {
  const { transaction, signature } = decode(SignedTransaction, poorTransfer(spammer, index));
  return encode(SignedTransaction, {
    transaction,
    signature: signature.map((byte, at) => (at === 10 ? byte ^ 1 : byte)),
  });
}

function sendVotes(
  { ordering, victim, genesis, height }: Spammer,
  amount: number,
  of: 'stranger' | 'forged',
) {
  const [validator] = genesis.validators;
  if (validator === undefined) throw new Error('a chain without validators');
  for (let round = 1; round <= amount; round++) {
    const body = {
      chainId: genesis.chainId,
      kind: 'prevote',
      height: height(),
      round,
      blockHash: null,
    } as const;
    const vote = {
      kind: 'prevote',
      height: body.height,
      round,
      blockHash: null,
      validator: of === 'stranger' ? stranger.account : validator.validator,
      signature: stranger.sign(voteBytes(body)),
    } as const;
    ordering.send(victim, encodeMessage({ kind: 'vote', vote }));
  }
}

export const ATTACKS: readonly Attack[] = [
  {
    name: 'transactions that do not decode',
    reason: /^a bad message on transactions$/,
    flood: spammer =>
      sendTransactions(spammer, 2_000, index => Uint8Array.of(index >> 16, index >> 8, index, 255)),
  },
  {
    name: 'transactions with wrong signatures',
    reason: /^a bad message on transactions$/,
    flood: spammer => sendTransactions(spammer, 400, index => forgedTransfer(spammer, index)),
  },
  {
    name: 'right transactions that nobody can pay',
    reason: /^sends too many useless messages on transactions$/,
    flood: spammer => sendTransactions(spammer, 4_000, index => poorTransfer(spammer, index)),
  },
  {
    name: 'the same transaction again and again',
    reason: /^sends too (many messages on |fast on channel\/)transactions$/,
    flood(spammer) {
      const same = encodeFrames(new Array<Uint8Array>(BATCH).fill(poorTransfer(spammer, 0)));
      for (let n = 0; n < 160_000; n += BATCH) spammer.transactions.send(spammer.victim, same);
    },
  },
  {
    name: 'ordering messages that do not decode',
    reason: /^an ordering message that does not decode: /,
    flood({ ordering, victim }) {
      for (let n = 0; n < 1_000; n++) ordering.send(victim, Uint8Array.of(n, n >> 8, 3, 4, 5));
    },
  },
  {
    name: 'votes of somebody who is no validator',
    reason:
      /^a (vote of 0x[0-9a-f]+, who is no validator of height \d+|late vote of no validator of its height)/,
    flood: spammer => sendVotes(spammer, 20, 'stranger'),
    repeat: true,
  },
  {
    name: 'votes with wrong signatures for later rounds',
    reason: /^a vote with a wrong signature$/,
    flood: spammer => sendVotes(spammer, 20, 'forged'),
    repeat: true,
  },
  {
    name: 'signs of life without end',
    reason: /^sends too fast on channel\/ordering$/,
    flood({ ordering, victim }) {
      const status = encodeMessage({ kind: 'status', height: 1_000_000, round: 3, mineUntil: 0 });
      for (let n = 0; n < 20_000; n++) ordering.send(victim, status);
    },
  },
  {
    name: 'requests for blocks',
    reason: /^sends too fast on service\/blocks$/,
    flood({ blocks, victim }) {
      const request = encode(BlocksRequest, { from: 1, count: 64 });
      for (let n = 0; n < 5_000; n++) blocks.request(victim, request).catch(ignoreRefusal);
    },
  },
];

/** A flood is refused, in parts or in whole: that is what is tested elsewhere. */
const ignoreRefusal = (error: unknown): void => {
  if (!(error instanceof Error)) throw error;
};
