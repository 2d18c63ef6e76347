import assert from 'node:assert/strict';
import { type HashRange, type Row, State } from '../../../chain/index.ts';
import { decode, encode, type Hex } from '../../../consensus/interface/index.ts';
import { NoSource, PeerLie } from '../../../node/snapshot/blame.ts';
import { fetchChunks, nothingYet } from '../../../node/snapshot/chunks.ts';
import {
  CHUNK_BYTES,
  CHUNK_ROWS,
  type Chunk,
  ChunkAnswer,
  MAX_CHUNK_BYTES,
  makeChunk,
} from '../../../node/snapshot/messages.ts';

/** Enough for several chunks per segment; every hundredth value is a large one. */
const state = State.fromRows(
  Array.from(
    { length: 60_000 },
    (_, index): Row => [
      Buffer.from(`key ${index}`),
      new Uint8Array(index % 100 === 0 ? 20_000 : index % 7).fill(index % 251),
    ],
  ),
);

interface Fetched {
  readonly rows: Row[];
  readonly asked: Map<string, number>;
  readonly failures: { readonly peer: string; readonly error: unknown }[];
  readonly most: number;
}

/** Fetches the state from peers with these names; `ask` may do it otherwise than honestly. */
async function run(
  names: readonly string[],
  ask = (_: string, range: HashRange): Chunk => makeChunk(state, range),
  missing: readonly (Hex | null)[] = nothingYet(),
): Promise<Fetched> {
  const peers = new Set(names);
  const rows: Row[] = [];
  const asked = new Map<string, number>();
  const failures: Fetched['failures'] = [];
  let [open, most] = [0, 0];
  await fetchChunks({
    root: state.root,
    missing,
    peers: () => peers,
    async ask(peer, range) {
      asked.set(peer, (asked.get(peer) ?? 0) + 1);
      most = Math.max(most, ++open);
      await new Promise(resolve => setImmediate(resolve));
      open--;
      return ask(peer, range);
    },
    async take(taken) {
      rows.push(...taken);
    },
    failed(peer, error) {
      failures.push({ peer, error });
      peers.delete(peer);
    },
    stopped: () => false,
  });
  return { rows, asked, failures, most };
}

describe('chunks of a state', () => {
  it('are as full as they may be, within the limit of a message', () => {
    let first = nothingYet()[0] ?? '0x';
    const last: Hex = `0x${'ff'.repeat(32)}`;
    let chunks = 0;
    for (;;) {
      const chunk = makeChunk(state, { first, last });
      const bytes = encode(ChunkAnswer, chunk);
      assert.ok(bytes.length <= MAX_CHUNK_BYTES);
      assert.deepEqual(decode(ChunkAnswer, bytes, MAX_CHUNK_BYTES), chunk);
      chunks++;
      if (chunk.reached === last) break;
      const size = chunk.rows.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
      assert.ok(chunk.rows.length === CHUNK_ROWS || size >= CHUNK_BYTES);
      first = `0x${(BigInt(chunk.reached) + 1n).toString(16).padStart(64, '0')}`;
    }
    assert.ok(chunks > 30, `${chunks} chunks`);
  });

  it('join to the state, several of a segment and from several peers', async () => {
    const { rows, asked, failures, most } = await run(['a', 'b', 'c', 'd', 'e', 'f']);
    assert.equal(rows.length, state.size);
    assert.equal(State.fromRows(rows).root, state.root);
    assert.deepEqual(failures, []);
    assert.equal(asked.size, 6);
    assert.ok([...asked.values()].reduce((sum, times) => sum + times, 0) > 32);
    assert.ok(most <= 8, `${most} under way`);
  });

  it('come from who is left, each row once', async () => {
    const lying = (peer: string, range: HashRange): Chunk => {
      const chunk = makeChunk(state, range);
      return peer === 'honest' ? chunk : { ...chunk, rows: chunk.rows.slice(1) };
    };
    const { rows, failures } = await run(['x', 'y', 'honest', 'z'], lying);
    assert.equal(rows.length, state.size);
    assert.equal(State.fromRows(rows).root, state.root);
    assert.deepEqual(new Set(failures.map(({ peer }) => peer)), new Set(['x', 'y', 'z']));
    for (const { error } of failures) assert.ok(error instanceof PeerLie);
  });

  it('are not asked for where nothing is missing', async () => {
    const missing = nothingYet().map((hash, segment) => (segment === 3 ? hash : null));
    const { rows } = await run(['a'], undefined, missing);
    const expected = [...state.rowsByHash({ first: `0x3${'0'.repeat(63)}`, last: `0x3${'f'.repeat(63)}` })];
    assert.deepEqual(
      rows,
      expected.map(({ row }) => row),
    );
  });

  it('cannot be had without a peer', async () => {
    await assert.rejects(run([]), NoSource);
    const never = (): Chunk => {
      throw new PeerLie('nothing');
    };
    await assert.rejects(run(['a', 'b'], never), NoSource);
  });
});
