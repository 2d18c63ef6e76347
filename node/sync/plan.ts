/**
 * Who is asked for which blocks. A pure bookkeeper: heights, answers and the time come in, questions come out. What a
 * peer claims costs it nothing, so a claim only decides whether the peer is asked; what is kept is bounded by `WINDOW`.
 */
import type { PeerId } from '../../p2p/network.ts';
import { MAX_BLOCKS } from './messages.ts';

/** Ranges ahead of the last committed block, asked for or waiting to be executed. */
export const WINDOW = 16;
/** Questions to one peer at once; it answers no more. */
export const MAX_PER_PEER = 2;
/** Peers that are asked for one range at once. */
const MAX_ASKERS = 3;
/** Peers whose claims are kept; more than a node has peers. */
const MAX_PEERS = 256;
/** Milliseconds after which a range is asked of another peer too: so many times what the fastest peer takes ... */
const PATIENCE = 4;
/** ... within these bounds, and in between while nobody has answered. */
const PATIENCE_MS = { least: 500, first: 1_500, most: 5_000 } as const;

export interface Ask {
  readonly peer: PeerId;
  readonly from: number;
  readonly count: number;
}

interface PeerState {
  claim: number;
  /** Questions without an answer. */
  open: number;
  /** Milliseconds per answer, a moving average; null before the first. */
  pace: number | null;
  /** It let a range become overdue and was not in time since. */
  slow: boolean;
  /** Not asked before. */
  restsUntil: number;
  /** It gave blocks that were right. */
  proven: boolean;
}

interface Range {
  readonly from: number;
  readonly count: number;
  /** Who is asked, since when. */
  readonly askers: Map<PeerId, number>;
  arrived: boolean;
}

export class SyncPlan {
  readonly #peers = new Map<PeerId, PeerState>();
  /** Ascending, without overlap. Holes are ranges that nobody is asked for. */
  #ranges: Range[] = [];

  /** A peer says how far it is. Messages overtake one another, so the highest word counts. */
  claim(peer: PeerId, height: number): void {
    const known = this.#peers.get(peer);
    if (known !== undefined) known.claim = Math.max(known.claim, height);
    else if (this.#peers.size < MAX_PEERS)
      this.#peers.set(peer, {
        claim: height,
        open: 0,
        pace: null,
        slow: false,
        restsUntil: Number.NEGATIVE_INFINITY,
        proven: false,
      });
  }

  /** The peer has gone. */
  forget(peer: PeerId): void {
    this.#peers.delete(peer);
    for (const { askers } of this.#ranges) askers.delete(peer);
  }

  /** The peer is not asked before this time. */
  rest(peer: PeerId, until: number): void {
    const state = this.#peers.get(peer);
    if (state !== undefined) state.restsUntil = until;
  }

  /** Blocks of this peer were right. */
  prove(peer: PeerId): void {
    const state = this.#peers.get(peer);
    if (state !== undefined) state.proven = true;
  }

  /** What a peer says, null for one that is not known. */
  claimOf(peer: PeerId): number | null {
    return this.#peers.get(peer)?.claim ?? null;
  }

  /** The highest claim of peers that gave right blocks; 0 without any. */
  provenTarget(): number {
    return Math.max(0, ...[...this.#peers.values()].filter(({ proven }) => proven).map(({ claim }) => claim));
  }

  /** Everything up to here is committed. */
  committed(height: number): void {
    this.#ranges = this.#ranges.flatMap(range => {
      const { from, count, arrived, askers } = range;
      if (from + count - 1 <= height) return [];
      if (from > height || arrived || askers.size > 0) return [range];
      return [{ from: height + 1, count: from + count - 1 - height, arrived, askers }];
    });
  }

  /** Nothing is wanted; claims and experience stay. */
  clear(): void {
    this.#ranges = [];
  }

  /** Ranges that were asked for and have not come. */
  get underWay(): number {
    return this.#ranges.filter(({ arrived, askers }) => !arrived && askers.size > 0).length;
  }

  /** What to ask now, at most `room` questions; they count as asked. */
  asks(height: number, room: number, now: number): Ask[] {
    const asks: Ask[] = [];
    const ask = (range: Range): void => {
      const peer = this.#pick(range, now);
      if (peer === undefined) return;
      this.#start(range, peer, now);
      asks.push({ peer, from: range.from, count: range.count });
    };
    for (const range of this.#ranges)
      if (asks.length < room && !range.arrived && this.#isOverdue(range, now)) ask(range);
    while (asks.length < room && this.#ranges.length < WINDOW) {
      const range = this.#next(height, now);
      if (range === undefined) break;
      this.#ranges.push(range);
      const before = asks.length;
      ask(range);
      if (asks.length === before) {
        this.#ranges.pop();
        break;
      }
    }
    return asks;
  }

  /** When `asks` may have more to ask although nothing happened: something becomes overdue or a rest ends. */
  wakeAt(now: number): number | null {
    const times = [...this.#peers.values()].map(({ restsUntil }) => restsUntil);
    for (const { arrived, askers } of this.#ranges)
      if (!arrived && askers.size < MAX_ASKERS)
        for (const since of askers.values()) times.push(since + this.#patience());
    const next = Math.min(...times.filter(time => time > now));
    return next === Number.POSITIVE_INFINITY ? null : next;
  }

  /**
   * A peer answered with `count` blocks. False when they are not needed any more. Where it gave fewer than asked for,
   * the rest becomes a range of its own.
   */
  arrived(peer: PeerId, from: number, count: number, now: number): boolean {
    const index = this.#ranges.findIndex(range => range.from === from);
    const range = this.#ranges[index];
    this.#settle(range, peer, now);
    if (range === undefined || range.arrived || count === 0) return false;
    const parts: Range[] = [{ ...range, count: Math.min(count, range.count), arrived: true }];
    if (count < range.count)
      parts.push({ from: from + count, count: range.count - count, askers: new Map(), arrived: false });
    this.#ranges.splice(index, 1, ...parts);
    return true;
  }

  /** No answer: refused, too late, or not one that decodes. */
  failed(peer: PeerId, from: number): void {
    const state = this.#peers.get(peer);
    if (state !== undefined) state.open = Math.max(0, state.open - 1);
    this.#ranges.find(range => range.from === from)?.askers.delete(peer);
  }

  /** What arrived from `from` on was false: it is needed again. */
  reopen(from: number): void {
    this.#ranges = this.#ranges.map(range =>
      range.from === from ? { ...range, askers: new Map(), arrived: false } : range,
    );
  }

  #start(range: Range, peer: PeerId, now: number): void {
    const state = this.#peers.get(peer);
    for (const late of range.askers.keys()) {
      const other = this.#peers.get(late);
      if (other !== undefined) other.slow = true;
    }
    range.askers.set(peer, now);
    if (state !== undefined) state.open++;
  }

  #settle(range: Range | undefined, peer: PeerId, now: number): void {
    const state = this.#peers.get(peer);
    if (state === undefined) return;
    state.open = Math.max(0, state.open - 1);
    const since = range?.askers.get(peer);
    if (since === undefined) return;
    range?.askers.delete(peer);
    const patience = this.#patience();
    const ms = now - since;
    state.pace = state.pace === null ? ms : state.pace * 0.75 + ms * 0.25;
    if (ms < patience) state.slow = false;
  }

  #patience(): number {
    const paces = [...this.#peers.values()].flatMap(({ pace }) => (pace === null ? [] : [pace]));
    if (paces.length === 0) return PATIENCE_MS.first;
    return Math.min(PATIENCE_MS.most, Math.max(PATIENCE_MS.least, PATIENCE * Math.min(...paces)));
  }

  /** Nobody is asked, or those who are take too long. */
  #isOverdue({ askers }: Range, now: number): boolean {
    if (askers.size >= MAX_ASKERS) return false;
    const patience = this.#patience();
    return [...askers.values()].every(since => now - since >= patience);
  }

  /** The range after the last one, as long as the farthest peer that may be asked has it. */
  #next(height: number, now: number): Range | undefined {
    const last = this.#ranges.at(-1);
    const from = last === undefined ? height + 1 : Math.max(height + 1, last.from + last.count);
    const reach = Math.max(0, ...this.#free(from, now).map(([, { claim }]) => claim));
    const count = Math.min(MAX_BLOCKS, reach - from + 1);
    return count > 0 ? { from, count, askers: new Map(), arrived: false } : undefined;
  }

  /** The fastest peer that can be asked; one of unknown speed first, a slow one only where no other has the blocks. */
  #pick({ from, askers }: Range, now: number): PeerId | undefined {
    const others = this.#free(from, now).filter(([peer]) => !askers.has(peer));
    others.sort(([, left], [, right]) => (left.pace ?? 0) - (right.pace ?? 0) || left.open - right.open);
    return others[0]?.[0];
  }

  #free(from: number, now: number): (readonly [PeerId, PeerState])[] {
    const able = [...this.#peers].filter(([, { claim, restsUntil }]) => claim >= from && restsUntil <= now);
    const swift = able.filter(([, { slow }]) => !slow);
    return (swift.length > 0 ? swift : able).filter(([, { open }]) => open < MAX_PER_PEER);
  }
}
