/** Peers that serve snapshots dishonestly, each in one way, and what they are charged with. */
import { blockHash, type LightBlock } from '../../../chain/index.ts';
import { decode, encode, type Hex } from '../../../consensus/interface/index.ts';
import {
  BaseAnswer,
  baseAnswer,
  ChunkAnswer,
  LightAnswer,
  LightRequest,
  SnapshotOffers,
  SnapshotRequest,
} from '../../../node/snapshot/messages.ts';
import { answerSnapshot } from '../../../node/snapshot/serve.ts';
import { certify } from '../support/solo.ts';
import type { Answer, Manners, Origin } from './bed.ts';

/** The height of the newest snapshot of the origin. */
export const NEWEST = 20;
type ChunkOf = NonNullable<ReturnType<typeof readChunk>>;
const readChunk = (bytes: Uint8Array) => decode(ChunkAnswer, bytes);
export const isChunkRequest = (bytes: Uint8Array): boolean => decode(SnapshotRequest, bytes).kind === 'chunk';

/** Changes every chunk that is not empty. */
export const chunks = (change: (chunk: ChunkOf) => unknown): Manners => ({
  async snapshot(request, honest) {
    const bytes = await honest();
    if (!isChunkRequest(request)) return bytes;
    const chunk = readChunk(bytes);
    return chunk === null ? bytes : encode(ChunkAnswer, change(chunk) as ChunkOf);
  },
});

/** Changes every header, and offers it as a snapshot. */
const headers = (change: (block: LightBlock) => LightBlock): Manners => ({
  async light(request, honest) {
    const asked = decode(LightRequest, request);
    const bytes = await honest();
    if (asked.kind === 'header') {
      const block = decode(LightAnswer, bytes);
      return encode(LightAnswer, block && change(block));
    }
    return bytes;
  },
});

const resigned = (block: LightBlock, parts: Partial<LightBlock['header']>): LightBlock => {
  const header = { ...block.header, ...parts };
  const commit = certify({ header, transactions: [], evidence: [], lastCommit: null });
  return { ...block, header, commit };
};

const never: Answer = () => new Promise(() => {});
/** `charge` null: it is of no use, and no offence. */
export const LIARS: Readonly<
  Record<string, { readonly manners: (chain: Origin) => Manners; readonly charge: RegExp | null }>
> = {
  'a wrong value': {
    manners: () =>
      chunks(chunk => ({
        ...chunk,
        rows: chunk.rows.map((row, index) => (index === 0 ? { ...row, value: Uint8Array.of(1, 2) } : row)),
      })),
    charge: /not proved/,
  },
  'a missing row': {
    manners: () => chunks(chunk => ({ ...chunk, rows: chunk.rows.slice(1) })),
    charge: /not proved/,
  },
  'an added row': {
    manners: () =>
      chunks(chunk => ({
        ...chunk,
        rows: [...chunk.rows, { key: Uint8Array.of(1, 2, 3), value: Uint8Array.of(4) }],
      })),
    charge: /not proved/,
  },
  'no proof': { manners: () => chunks(chunk => ({ ...chunk, proof: [] })), charge: /not proved/ },
  'chunks of another height': {
    manners: chain => ({
      async snapshot(request, honest) {
        const asked = decode(SnapshotRequest, request);
        if (asked.kind === 'base') return honest();
        const other = { ...asked, blockHash: chain.at(NEWEST - 10).stored.hash };
        return answerSnapshot(encode(SnapshotRequest, other), chain.held);
      },
    }),
    charge: /not proved/,
  },
  'one row at a time': {
    manners: chain => ({
      async snapshot(request, honest) {
        const asked = decode(SnapshotRequest, request);
        if (asked.kind === 'base') return honest();
        const { state } = chain.at(NEWEST);
        for (const { keyHash, row } of state.rowsByHash(asked)) {
          const rows = [{ key: row[0], value: row[1] }];
          const proof = state.proveRange({ first: asked.first, last: keyHash });
          return encode(ChunkAnswer, { rows, reached: keyHash, proof });
        }
        return honest();
      },
    }),
    charge: /stops early/,
  },
  'more than was asked for': {
    manners: () => chunks(chunk => ({ ...chunk, reached: `0x${'ff'.repeat(32)}` as Hex })),
    charge: /beyond|not proved/,
  },
  garbage: {
    manners: () => ({ snapshot: async () => Uint8Array.of(0xc1, 0xff, 7) }),
    charge: /snapshot/,
  },
  'a giant answer': {
    manners: () => ({ snapshot: async () => new Uint8Array(40 * 1024 * 1024) }),
    charge: /the limit is/,
  },
  'another block': {
    manners: chain => ({
      async snapshot(request, honest) {
        if (isChunkRequest(request)) return honest();
        return encode(BaseAnswer, baseAnswer(chain.at(NEWEST - 5).stored));
      },
    }),
    charge: /height 15 where height 20/,
  },
  'other outcomes': {
    manners: chain => ({
      async snapshot(request, honest) {
        if (isChunkRequest(request)) return honest();
        const { stored } = chain.at(NEWEST);
        const events = [{ source: null, name: 'Made up', data: new Uint8Array() }];
        const forged = { ...stored, outcomes: { ...stored.outcomes, events } };
        return encode(BaseAnswer, baseAnswer(forged));
      },
    }),
    charge: /outcomes are not those/,
  },
  'a header with another root': {
    manners: () =>
      headers(block => {
        const header = { ...block.header, stateRoot: block.header.parentHash };
        return { ...block, header, commit: { ...block.commit, blockHash: blockHash(header) } };
      }),
    charge: /signature/,
  },
  'a header that nobody voted on': {
    manners: () => headers(block => ({ ...block, commit: { ...block.commit, signatures: [] } })),
    charge: /power 0/,
  },
  'headers of other heights': {
    manners: () => headers(block => resigned(block, { height: block.header.height + 1 })),
    charge: /instead of/,
  },
  'a snapshot of a block that is not there': {
    manners: () => ({
      async light(request, honest) {
        if (decode(LightRequest, request).kind === 'header') return honest();
        return encode(SnapshotOffers, [{ height: NEWEST, blockHash: `0x${'ab'.repeat(32)}` }]);
      },
    }),
    charge: /not final/,
  },
  'nothing at all': { manners: () => ({ snapshot: never, light: never }), charge: null },
  'nothing after the header': { manners: () => ({ snapshot: never }), charge: null },
  'snapshots that it gave up': {
    manners: () => ({
      snapshot: async request =>
        isChunkRequest(request) ? encode(ChunkAnswer, null) : encode(BaseAnswer, null),
    }),
    charge: null,
  },
};
