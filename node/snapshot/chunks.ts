/** Fetches the rows of a state from several peers at once; each chunk is proved before anything of it is kept. */
import { FIRST_HASH, type HashRange, LAST_HASH, type Row, verifyRange } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import { SEGMENTS } from '../store/formats.ts';
import { Interrupted, NoSource, PeerLie } from './blame.ts';
import { type Chunk, isFull } from './messages.ts';

/** Requests under way at one peer, and at all. */
const PER_PEER = 2;
const IN_FLIGHT = 8;

export interface ChunkFetch {
  /** Of the state that is fetched. */
  readonly root: Hex;
  /** For each segment the first key hash that is missing; null where it is whole. */
  readonly missing: readonly (Hex | null)[];
  /** Peers that may be asked now, the preferred ones first. */
  readonly peers: () => Iterable<PeerId>;
  readonly ask: (peer: PeerId, range: HashRange) => Promise<Chunk>;
  /** Keeps verified rows; `missing` is what is missing then. */
  readonly take: (rows: readonly Row[], missing: readonly (Hex | null)[]) => Promise<void>;
  /** A request to a peer failed, or its chunk is wrong. */
  readonly failed: (peer: PeerId, error: unknown) => void;
  readonly stopped: () => boolean;
}

/** One request. It resolves in any case. */
interface Landing {
  readonly segment: number;
  readonly peer: PeerId;
  readonly got: { readonly rows: readonly Row[]; readonly next: Hex | null } | { readonly error: unknown };
}

/** Resolves when nothing is missing. Throws {@link NoSource} when no peer is left, {@link Interrupted} after a stop. */
export async function fetchChunks(fetch: ChunkFetch): Promise<void> {
  const missing = [...fetch.missing];
  const flights = new Map<number, { readonly peer: PeerId; readonly landing: Promise<Landing> }>();
  while (missing.some(next => next !== null)) {
    if (fetch.stopped()) throw new Interrupted('the node stops');
    for (const [segment, peer] of assignments(missing, flights, fetch.peers()))
      flights.set(segment, { peer, landing: request(fetch, peer, segment, missing[segment] ?? FIRST_HASH) });
    if (flights.size === 0) throw new NoSource('no peer that is left holds the snapshot');
    const { segment, peer, got } = await Promise.race([...flights.values()].map(({ landing }) => landing));
    flights.delete(segment);
    if ('error' in got) fetch.failed(peer, got.error);
    else {
      missing[segment] = got.next;
      await fetch.take(got.rows, missing);
    }
  }
}

/** Which peer to ask for which segment, as far as both are free. */
function assignments(
  missing: readonly (Hex | null)[],
  flights: ReadonlyMap<number, { readonly peer: PeerId }>,
  peers: Iterable<PeerId>,
): [segment: number, peer: PeerId][] {
  const open = [...missing.keys()].filter(segment => missing[segment] !== null && !flights.has(segment));
  const busy = [...flights.values()].map(({ peer }) => peer);
  // By turns, so that every peer gets one request before the first gets two.
  const free = [...peers].map(peer => ({
    peer,
    left: PER_PEER - busy.filter(other => other === peer).length,
  }));
  const turns = Array.from({ length: PER_PEER }, (_, turn) =>
    free.filter(({ left }) => left > turn).map(({ peer }) => peer),
  ).flat();
  return turns.slice(0, IN_FLIGHT - flights.size).flatMap((peer, index): [number, PeerId][] => {
    const segment = open[index];
    return segment === undefined ? [] : [[segment, peer]];
  });
}

async function request(fetch: ChunkFetch, peer: PeerId, segment: number, first: Hex): Promise<Landing> {
  const range = { first, last: segmentEnd(segment) };
  try {
    const chunk = await fetch.ask(peer, range);
    const rows = provedRows(chunk, range, fetch.root);
    return { segment, peer, got: { rows, next: chunk.reached === range.last ? null : after(chunk.reached) } };
  } catch (error) {
    return { segment, peer, got: { error } };
  }
}

/** The rows of a chunk, of which it is proved that there are no others up to where it reaches. Throws {@link PeerLie}. */
function provedRows(chunk: Chunk, range: HashRange, root: Hex): Row[] {
  const rows = chunk.rows.map(({ key, value }): Row => [key, value]);
  if (chunk.reached < range.first || chunk.reached > range.last)
    throw new PeerLie('a chunk that reaches beyond what was asked for');
  if (chunk.reached !== range.last && !isFull(rows))
    throw new PeerLie(`a chunk of ${rows.length} rows that stops early`);
  if (!verifyRange(root, { first: range.first, last: chunk.reached }, rows, chunk.proof))
    throw new PeerLie('a chunk whose rows are not proved to be all of the state there');
  return rows;
}

/** What is missing of a snapshot of which nothing is there. */
export const nothingYet = (): Hex[] =>
  Array.from({ length: SEGMENTS }, (_, segment) => segmentStart(segment));

const segmentStart = (segment: number): Hex => `0x${digit(segment)}${FIRST_HASH.slice(3)}`;
const segmentEnd = (segment: number): Hex => `0x${digit(segment)}${LAST_HASH.slice(3)}`;
/** One hex digit tells 16 segments apart. */
const digit = (segment: number): string => segment.toString(SEGMENTS);

const after = (hash: Hex): Hex => `0x${(BigInt(hash) + 1n).toString(16).padStart(64, '0')}`;
