/**
 * Finds out who answered otherwise. The roots of a block commit to all that consensus modules answered, so two nodes
 * with different roots had one answer that differs first: the nodes compare hashes of their answers, and then that one
 * answer whole. What peers say decides nothing; it is told to people.
 */
import { BlockError, ModuleFault } from '../../chain/index.ts';
import { type Account, decode, encode, type Hex } from '../../consensus/interface/index.ts';
import type { Network, PeerId, RateLimit, Service } from '../../p2p/network.ts';
import { messageOf } from '../errors.ts';
import type { Clock, Log } from '../ordering/types.ts';
import { Recent } from '../recent.ts';
import { type Difference, differenceOf, firstDifferent, isSameDigest } from './compare.ts';
import {
  AnswerAnswer,
  type BlockDigest,
  ChargeAnswer,
  DigestAnswer,
  DivergenceRequest,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
} from './messages.ts';
import { answerAt, digest, plainResult, type Witnessed } from './witness.ts';

/** Executions that a node remembers, to compare them; and reports that it keeps. */
const REMEMBERED = 16;
const MAX_REPORTS = 64;
/** Peers that are asked about one block. */
const MAX_PEERS = 16;
/** Tries until a peer has executed the block too, and milliseconds between them. */
const TRIES = 8;
const PAUSE_MS = 250;
/** Milliseconds for one answer. */
const TIMEOUT_MS = 2_000;
/** People ask rarely; a block that divides the nodes brings two questions of each peer, repeated while they execute. */
const RATE: RateLimit = { messagesPerSecond: 60, bytesPerSecond: 32 * 1024 * 1024 };

/** The call or close whose answer differs. */
export interface DivergentCall {
  readonly consensus: number;
  /** `name@version`. */
  readonly plugin: string;
  readonly method: string;
  /** null for work of the block itself. */
  readonly transaction: Hex | null;
  readonly sender: string | null;
  /** The epoch that is being closed. */
  readonly closing: number | null;
}

export interface Divergence {
  readonly height: number;
  readonly blockHash: Hex;
  readonly proposer: Account;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Why this node refuses the block. */
  readonly reason: string;
  /** Who is alone, by the peers that remember the block. */
  readonly verdict: 'this node' | 'others' | 'unclear';
  readonly agree: readonly PeerId[];
  readonly differ: readonly PeerId[];
  /** null where no peer that differs could be compared with, or no module's answer differs. */
  readonly call: DivergentCall | null;
  readonly difference: Difference | null;
  readonly summary: string;
}

export interface DivergenceMonitor {
  /** After each execution; `error` where it did not come out as the block says. */
  witnessed(seen: Witnessed, error: unknown): void;
  /** What the comparison of a refused block found; null where nothing was compared. Waits for it. */
  explained(hash: Hex): Promise<Divergence | null>;
  /** Newest last. */
  reports(): readonly Divergence[];
  stop(): void;
}

export interface MonitorOptions {
  readonly network: Pick<Network, 'service' | 'peers'>;
  readonly clock: Clock;
  readonly log: Log;
  /** `name@version` of a consensus module. */
  readonly plugin: (consensus: number) => string;
}

type Compared =
  | { readonly peer: PeerId; readonly is: 'same' | 'silent' }
  | { readonly peer: PeerId; readonly is: 'different'; readonly digest: BlockDigest };

/** Both halves of the service. Call before the network starts. */
export function createDivergenceMonitor({ network, clock, log, plugin }: MonitorOptions): DivergenceMonitor {
  const remembered = new Recent<Hex, Witnessed>(REMEMBERED);
  const digests = new WeakMap<Witnessed, BlockDigest>();
  const running = new Recent<Hex, Promise<Divergence>>(REMEMBERED);
  let reports: readonly Divergence[] = [];
  const stopping = new AbortController();

  const digestOf = (seen: Witnessed): BlockDigest => {
    const known = digests.get(seen);
    if (known !== undefined) return known;
    const made = digest(seen);
    digests.set(seen, made);
    return made;
  };

  const service: Service = network.service('divergence', {
    maxRequestBytes: MAX_REQUEST_BYTES,
    maxResponseBytes: MAX_RESPONSE_BYTES + 64,
    maxConcurrent: 2,
    timeoutMs: TIMEOUT_MS,
    rate: RATE,
    handle: async (_, bytes) => answer(bytes),
  });

  /** Throws CodecError for what is no request. */
  function answer(bytes: Uint8Array): Uint8Array {
    const request = decode(DivergenceRequest, bytes, MAX_REQUEST_BYTES);
    const seen = remembered.get(request.blockHash);
    switch (request.kind) {
      case 'digest':
        return encode(DigestAnswer, seen === undefined ? null : digestOf(seen));
      case 'answer':
        return encode(AnswerAnswer, seen === undefined ? null : answerAt(seen, request.index));
      case 'charge': {
        const outcome = seen?.outcomes?.transactions[request.index];
        return encode(ChargeAnswer, outcome ? { weight: outcome.weight, fee: outcome.fee } : null);
      }
    }
  }

  /** What a peer says; null where it says nothing, or nothing that can be read. */
  async function asked<T>(
    peer: PeerId,
    request: DivergenceRequest,
    read: (bytes: Uint8Array) => T | null,
  ): Promise<T | null> {
    try {
      return read(await service.request(peer, encode(DivergenceRequest, request)));
    } catch (error) {
      log.debug({ peer, err: error }, 'a peer did not say how it executed a block');
      return null;
    }
  }

  const digestOfPeer = (peer: PeerId, blockHash: Hex): Promise<BlockDigest | null> =>
    asked(peer, { kind: 'digest', blockHash }, bytes => decode(DigestAnswer, bytes, MAX_RESPONSE_BYTES + 64));

  /** A peer may not have executed the block yet. */
  async function compared(peer: PeerId, seen: Witnessed): Promise<Compared> {
    for (let left = TRIES; left > 0 && !stopping.signal.aborted; left--) {
      const theirs = await digestOfPeer(peer, seen.hash);
      if (theirs !== null)
        return isSameDigest(digestOf(seen), theirs)
          ? { peer, is: 'same' }
          : { peer, is: 'different', digest: theirs };
      if (left > 1) await new Promise<void>(resolve => clock.after(PAUSE_MS, resolve));
    }
    return { peer, is: 'silent' };
  }

  async function investigate(seen: Witnessed, error: unknown): Promise<Divergence> {
    const peers = network.peers().slice(0, MAX_PEERS);
    const all = await Promise.all(peers.map(({ id }) => compared(id, seen)));
    const agree = all.filter(({ is }) => is === 'same').map(({ peer }) => peer);
    const different = all.flatMap(each => (each.is === 'different' ? [each] : []));
    const [first] = different;
    const found = first === undefined ? NOTHING : await locate(seen, first.peer, first.digest);
    const own = agree.length + 1;
    const verdict =
      different.length === 0 || own === different.length
        ? 'unclear'
        : different.length > own
          ? 'this node'
          : 'others';
    const { hash: blockHash, height, proposer } = seen;
    const report = {
      height,
      blockHash,
      proposer,
      time: clock.now(),
      reason: messageOf(error),
      verdict,
      agree,
      differ: different.map(({ peer }) => peer),
      ...found,
    } as const;
    return { ...report, summary: summaryOf(report) };
  }

  /** The first answer that differs, from what one peer says. */
  async function locate(
    seen: Witnessed,
    peer: PeerId,
    theirs: BlockDigest,
  ): Promise<Pick<Divergence, 'call' | 'difference'>> {
    const own = digestOf(seen);
    const at = firstDifferent(own.answers, theirs.answers);
    if (at === null || (own.stateRoot === null && at >= own.answers.length))
      return charge(seen, peer, firstDifferent(own.outcomes, theirs.outcomes));
    const said = seen.answers[at];
    if (said === undefined) return NOTHING;
    const { place, transaction, closing } = said;
    const call: DivergentCall = {
      consensus: place.consensus,
      plugin: plugin(place.consensus),
      method: place.method,
      transaction,
      sender: place.sender,
      closing,
    };
    const other = await asked(peer, { kind: 'answer', blockHash: seen.hash, index: at }, bytes =>
      decode(AnswerAnswer, bytes, MAX_RESPONSE_BYTES + 64),
    );
    return {
      call,
      difference: other === null ? null : differenceOf(answerAt(seen, at) ?? plainResult(said), other),
    };
  }

  /** All answers are the same: then the code may say otherwise what a call weighs. */
  async function charge(
    seen: Witnessed,
    peer: PeerId,
    index: number | null,
  ): Promise<Pick<Divergence, 'call' | 'difference'>> {
    const outcome = index === null ? undefined : seen.outcomes?.transactions[index];
    if (index === null || outcome === undefined) return NOTHING;
    const other = await asked(peer, { kind: 'charge', blockHash: seen.hash, index }, bytes =>
      decode(ChargeAnswer, bytes, MAX_RESPONSE_BYTES),
    );
    if (other === null) return NOTHING;
    const words = ({ weight, fee }: { readonly weight: number; readonly fee: bigint }): string =>
      `transaction ${index}: weight ${weight}, fee ${fee}`;
    const difference = { what: 'charge', key: null, own: words(outcome), other: words(other) } as const;
    return { call: null, difference };
  }

  function report(divergence: Divergence): Divergence {
    reports = [...reports, divergence].slice(-MAX_REPORTS);
    const level = divergence.verdict === 'others' ? 'warn' : 'error';
    log[level](divergence, divergence.summary);
    return divergence;
  }

  return {
    witnessed(seen, error) {
      remembered.set(seen.hash, seen);
      if (!divides(error) || stopping.signal.aborted || running.get(seen.hash) !== undefined) return;
      const work = investigate(seen, error).then(report);
      running.set(seen.hash, work);
      work.catch((cause: unknown) =>
        log.error({ err: cause, height: seen.height }, 'two executions of a block could not be compared'),
      );
    },
    explained: async hash => (await running.get(hash)) ?? null,
    reports: () => reports,
    stop: () => stopping.abort(),
  };
}

const NOTHING = { call: null, difference: null } as const;

/** Whether another node may have got something else out of the same block. */
const divides = (error: unknown): boolean =>
  error instanceof ModuleFault || (error instanceof BlockError && DIVIDING.has(error.code));

const DIVIDING: ReadonlySet<string> = new Set([
  'WRONG_STATE_ROOT',
  'WRONG_EVENTS_ROOT',
  'BAD_TRANSACTION',
  'BLOCK_TOO_HEAVY',
]);

function summaryOf(report: Omit<Divergence, 'summary'>): string {
  const { height, verdict, agree, differ, call, difference, reason } = report;
  const sides = `${agree.length + 1} as here, ${differ.length} otherwise`;
  if (differ.length === 0)
    return `block ${height} is refused here and no peer that executed it got anything else: ${reason}`;
  const who = verdict === 'unclear' ? 'it is unclear who is wrong' : `${verdict} got it otherwise`;
  if (call === null && difference === null)
    return `block ${height} comes out in two ways (${sides}), ${who}: every consensus module answered the same`;
  const what = call === null ? 'what a call costs' : callWords(call);
  return `block ${height} comes out in two ways (${sides}), ${who}: ${what}: ${differenceWords(difference)}`;
}

function callWords({ consensus, plugin, method, transaction, closing }: DivergentCall): string {
  const of = `consensus ${consensus}, ${plugin}`;
  if (closing !== null) return `${of}, the close of epoch ${closing}`;
  return `${of}, ${method}${transaction === null ? '' : ` in transaction ${transaction}`}`;
}

function differenceWords(difference: Difference | null): string {
  if (difference === null) return 'the answers differ, and the other one could not be had';
  const { what, key, own, other } = difference;
  const subject = what === 'key' ? `key ${key}` : what;
  return `${subject} is ${shown(own)} here and ${shown(other)} there`;
}

/** Characters of a value in a sentence; the report has it whole. */
const SHOWN = 200;
const shown = (value: string | null): string =>
  value === null ? 'nothing' : value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
