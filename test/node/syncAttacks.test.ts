import assert from 'node:assert/strict';
import {
  Block,
  blockHash,
  commitHash,
  type Header,
  type KeyPair,
  transactionsRoot,
  validatorsHash,
} from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { BlocksRequest, BlocksResponse, MAX_RESPONSE_BYTES } from '../../node/sync/messages.ts';
import { answer } from '../../node/sync/serve.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { bob, signed, transfer } from './support/cluster.ts';
import { certify, type LongChain, makeLongChain, validatorKeys } from './support/longChain.ts';
import { sourceOf, type World, withWorld } from './support/syncing.ts';

const LENGTH = 300;
const BRANCH = 3;
const strangers = [1, 2, 3]
  .map(index => fastSigner(`stranger ${index}`))
  .sort((a, b) => (a.account < b.account ? -1 : 1));

describe('block sync among liars', () => {
  const sender = fastSigner('sender');
  let chain: LongChain;

  before(async () => {
    chain = await makeLongChain({
      length: LENGTH,
      accounts: [sender],
      transactions: height => [signed(sender, height - 1, transfer(bob))],
    });
  });

  const honest = async (request: BlocksRequest): Promise<BlocksResponse> =>
    decode(BlocksResponse, await answer(encode(BlocksRequest, request), sourceOf(chain)));

  type Lie = (right: BlocksResponse) => BlocksResponse | Promise<BlocksResponse>;

  const edited = (bytes: Uint8Array | undefined, change: (block: Block) => Block): Uint8Array =>
    encode(Block, change(decode(Block, bytes ?? new Uint8Array())));

  /** Replaces one block of the answer. */
  const with_ = (right: BlocksResponse, at: number, change: (block: Block) => Block): BlocksResponse => ({
    ...right,
    blocks: right.blocks.map((bytes, index) => (index === at ? edited(bytes, change) : bytes)),
  });

  const signatures = (
    { certificate, ...right }: BlocksResponse,
    change: (
      all: NonNullable<typeof certificate>['signatures'],
    ) => NonNullable<typeof certificate>['signatures'],
  ): BlocksResponse => ({
    ...right,
    certificate: certificate && { ...certificate, signatures: change(certificate.signatures) },
  });

  const never = new Promise<never>(() => undefined);

  /** Three blocks of a branch, certified by these keys. */
  function branch(keys: readonly KeyPair[], change: Partial<Header> = {}): BlocksResponse {
    const blocks: Block[] = [];
    for (const { block } of chain.blocks.slice(0, BRANCH)) {
      const parent = blocks.at(-1);
      const lastCommit = parent ? certify(parent, keys) : null;
      const parentHash = parent ? blockHash(parent.header) : block.header.parentHash;
      const time = block.header.time + 1;
      const links = { time, parentHash, lastCommitHash: commitHash(lastCommit) };
      blocks.push({ ...block, lastCommit, header: { ...block.header, ...links, ...change } });
    }
    const last = blocks.at(-1);
    const certificate = last ? certify(last, keys) : null;
    return { base: 1, height: BRANCH, blocks: blocks.map(block => encode(Block, block)), certificate };
  }

  const lies: readonly {
    readonly name: string;
    readonly lie: Lie;
    readonly reason: RegExp;
    readonly claim?: number;
  }[] = [
    {
      name: 'a height below the one that it claimed',
      lie: right => ({ ...right, height: 7 }),
      reason: /at height 7 after it was at 300/,
    },
    {
      name: 'no blocks, although it says that it has them',
      lie: right => ({ ...right, blocks: [], certificate: null }),
      reason: /has block \d+ and does not give it/,
    },
    {
      name: 'a range with a hole',
      lie: right => ({ ...right, blocks: right.blocks.filter((_, index) => index !== 5) }),
      reason: /height \d+ where height \d+ is meant/,
    },
    {
      name: 'other blocks than asked for',
      lie: () => honest({ from: 20, count: 5 }),
      reason: /height 20 where height \d+ is meant/,
    },
    {
      name: 'the blocks in another order',
      lie: right => ({ ...right, blocks: [...right.blocks].reverse() }),
      reason: /where height \d+ is meant/,
    },
    {
      name: 'more blocks than asked for',
      lie: right => ({ ...right, blocks: [...right.blocks.slice(0, 1), ...right.blocks].slice(0, 128) }),
      reason: /where height \d+ is meant/,
    },
    {
      name: 'no certificate',
      lie: right => ({ ...right, certificate: null }),
      reason: /without its certificate/,
    },
    {
      name: 'the certificate of another height',
      lie: async right => ({ ...right, certificate: (await honest({ from: 9, count: 1 })).certificate }),
      reason: /a certificate for height 9 at height/,
    },
    {
      name: 'the certificate of another block of this height',
      lie: right => ({
        ...right,
        certificate: right.certificate && { ...right.certificate, blockHash: `0x${'77'.repeat(32)}` },
      }),
      reason: /is for another block/,
    },
    {
      name: 'a certificate with too few signatures',
      lie: right => signatures(right, all => all.slice(1)),
      reason: /not above two thirds/,
    },
    {
      name: 'a certificate with one signature twice',
      lie: right => signatures(right, ([first, ...others]) => (first ? [first, first, ...others] : [])),
      reason: /ascending order/,
    },
    {
      name: 'a certificate with a stranger in it',
      lie: right =>
        signatures(right, all => {
          const validator = fastSigner('stranger').account;
          const more = [...all, { validator, signature: new Uint8Array(65).fill(2) }];
          return more.sort((a, b) => (a.validator < b.validator ? -1 : 1));
        }),
      reason: /is no validator/,
    },
    {
      name: 'a certificate with a wrong signature',
      lie: right =>
        signatures(right, ([first, ...others]) =>
          first
            ? [{ ...first, signature: first.signature.with(40, (first.signature[40] ?? 0) ^ 1) }, ...others]
            : [],
        ),
      reason: /has a wrong signature/,
    },
    {
      name: 'a certificate with a signature of another scheme',
      lie: right =>
        signatures(right, ([first, ...others]) =>
          first ? [{ ...first, signature: first.signature.with(0, 1) }, ...others] : [],
        ),
      reason: /ed25519/,
    },
    {
      name: 'transactions that are not those of the header',
      lie: right => with_(right, 3, block => ({ ...block, transactions: [] })),
      reason: /transactions are not those/,
    },
    {
      name: 'a last commit that is not that of the header',
      lie: right =>
        with_(right, 3, block => ({ ...block, lastCommit: chain.blocks[7]?.certificate ?? null })),
      reason: /last commit is not that/,
    },
    {
      name: 'a block that is right but for its roots',
      lie: right =>
        with_(right, 3, ({ header, ...block }) => ({
          ...block,
          transactions: [],
          header: { ...header, transactionsRoot: transactionsRoot([]) },
        })),
      reason: /does not follow the one before|is for another block/,
    },
    {
      name: 'blocks of another chain',
      lie: right =>
        with_(right, 0, ({ header, ...block }) => ({ ...block, header: { ...header, chainId: 'other' } })),
      reason: /chain other on chain test-chain/,
    },
    {
      name: 'a branch that strangers certified',
      claim: BRANCH,
      lie: () => branch(strangers),
      reason: /is no validator/,
    },
    {
      name: 'a branch that one validator certified',
      claim: BRANCH,
      lie: () => branch(validatorKeys.slice(0, 1)),
      reason: /not above two thirds/,
    },
    {
      name: 'a branch whose validators are its own',
      claim: BRANCH,
      lie() {
        const own = validatorsHash(strangers.map(({ account }) => ({ validator: account, power: 1 })));
        return branch(strangers, { validatorsHash: own, nextValidatorsHash: own });
      },
      reason: /names other validators than this chain has/,
    },
    {
      name: 'a branch that changes its validators on the way',
      claim: BRANCH,
      lie() {
        const own = validatorsHash(strangers.map(({ account }) => ({ validator: account, power: 1 })));
        return branch(validatorKeys, { nextValidatorsHash: own });
      },
      reason: /names other validators than the one before it announced/,
    },
  ];

  /** Alone with it nothing of it is believed; then an honest peer brings the node to the right state. */
  async function survives(world: World, liar: string, reason: RegExp): Promise<void> {
    await world.until(() => world.banned.has(liar));
    assert.match(world.banned.get(liar) ?? '', reason);
    assert.equal(world.application.tip().height, 0);
    await world.honest('honest');
    await reachesTheEnd(world);
    assert.deepEqual([...world.banned.keys()], [liar]);
  }

  async function reachesTheEnd(world: World): Promise<void> {
    await world.until(() => world.application.tip().height === LENGTH);
    assert.equal(world.application.tip().state.root, chain.root);
    assert.deepEqual(
      world.told,
      chain.blocks.map(({ block }) => block.header.height),
    );
    await world.until(() => world.sync.status() === null);
  }

  for (const { name, lie, reason, claim = LENGTH } of lies)
    it(`bans a peer that gives ${name}`, () =>
      withWorld(chain, async world => {
        await world.join(
          'liar',
          () => claim,
          async request => encode(BlocksResponse, await lie(await honest(request))),
        );
        await survives(world, 'liar', reason);
      }));

  it('bans a peer that gives more blocks than it was asked for', () =>
    withWorld(chain, async world => {
      const short = 10;
      await world.join(
        'liar',
        () => short,
        async () => encode(BlocksResponse, { ...(await honest({ from: 1, count: 20 })), height: short }),
      );
      await survives(world, 'liar', /20 blocks where 10 were asked for/);
    }));

  it('bans a peer that gives garbage', () =>
    withWorld(chain, async world => {
      await world.join(
        'liar',
        () => LENGTH,
        async () => Uint8Array.of(0xc1, 2, 3),
      );
      await survives(world, 'liar', /block sync: /);
    }));

  it('bans a peer that gives a block that does not decode', () =>
    withWorld(chain, async world => {
      await world.join(
        'liar',
        () => LENGTH,
        async request => {
          const right = await honest(request);
          return encode(BlocksResponse, { ...right, blocks: [Uint8Array.of(1), ...right.blocks.slice(1)] });
        },
      );
      await survives(world, 'liar', /block sync: /);
    }));

  it('bans a peer whose answers are oversized', () =>
    withWorld(chain, async world => {
      await world.join(
        'liar',
        () => LENGTH,
        async () => new Uint8Array(MAX_RESPONSE_BYTES + 4096),
      );
      await survives(world, 'liar', /./);
    }));

  it('is not held up by a peer that claims a height of 2^53', () =>
    withWorld(chain, async world => {
      const most = Number.MAX_SAFE_INTEGER;
      await world.join(
        'boaster',
        () => most,
        async request => encode(BlocksResponse, { ...(await honest(request)), height: most }),
      );
      // It gives what there is, so its blocks are believed and its height is not.
      await reachesTheEnd(world);
      await world.until(() => world.banned.has('boaster'));
      assert.match(world.banned.get('boaster') ?? '', /has block 301 and does not give it/);
    }));

  it('ends at the right state with one honest peer among many liars', () =>
    withWorld(chain, async world => {
      for (const [index, { lie }] of lies.entries())
        await world.join(
          `liar ${index}`,
          () => LENGTH,
          async request => encode(BlocksResponse, await lie(await honest(request))),
        );
      await world.honest('honest', 50);
      await reachesTheEnd(world);
      assert.ok(!world.banned.has('honest'));
    }));

  it('overtakes a slow peer: its range goes to another one long before it gives up', () =>
    withWorld(chain, async world => {
      await world.join(
        'slow',
        () => LENGTH,
        () => never,
      );
      await world.after(300);
      await world.honest('honest');
      await world.until(() => world.application.tip().height === LENGTH, 4);
      await reachesTheEnd(world);
      assert.ok((world.asked.get('slow') ?? []).length <= 2, 'it is not asked again');
      assert.equal(world.banned.size, 0, 'slow is no offence');
    }));

  it('takes the range of a peer that vanishes in the middle to another one', () =>
    withWorld(chain, async world => {
      const vanishing = await world.join(
        'vanishing',
        () => LENGTH,
        () => never,
      );
      await world.until(() => (world.asked.get('vanishing') ?? []).length > 0);
      await world.honest('honest');
      await vanishing.stop();
      await world.until(() => world.application.tip().height === LENGTH, 3);
      await reachesTheEnd(world);
      assert.equal(world.banned.size, 0);
    }));

  it('leaves a peer alone that does not keep these heights, or refuses', () =>
    withWorld(chain, async world => {
      await world.join(
        'pruned',
        () => LENGTH,
        async () => encode(BlocksResponse, { base: 200, height: LENGTH, blocks: [], certificate: null }),
      );
      await world.join(
        'busy',
        () => LENGTH,
        () => Promise.reject(new Error('busy')),
      );
      await world.after(3_000);
      assert.ok((world.asked.get('pruned') ?? []).length <= 2);
      assert.ok((world.asked.get('busy') ?? []).length <= 8, 'it is asked about once a second');
      await world.honest('honest');
      await reachesTheEnd(world);
      assert.equal(world.banned.size, 0);
    }));

  it('does not let ordering stand aside for what is not proven', () =>
    withWorld(chain, async world => {
      await world.join(
        'liar',
        () => LENGTH,
        async request => {
          const right = await honest(request);
          return encode(
            BlocksResponse,
            signatures(right, all => all.slice(1)),
          );
        },
      );
      await world.until(() => world.banned.has('liar'));
      assert.equal(world.catchUps(), 0);
    }));
});
