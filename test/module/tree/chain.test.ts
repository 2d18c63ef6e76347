/** Trees on a real node: links, policies, shares, and settlements to the unit. */
import assert from 'node:assert/strict';
import { TOKEN } from '../../../chain/index.ts';
import {
  createModuleClient,
  createReplicaSet,
  createSubnet,
  formLink,
  type KeyPair,
  type ModuleClient,
  type ModuleDefinition,
  type ModuleServer,
  registerModule,
  serveModule,
} from '../../../module/index.ts';
import { type Client, createClient } from '../../../node/client/index.ts';
import { startRpc } from '../../../node/rpc/index.ts';
import { withCluster } from '../../node/support/cluster.ts';
import { silentLog } from '../../node/support/log.ts';
import { fastSigner } from '../../support/fastSigner.ts';
import { cleanUp, directory, onEnd } from '../support/setup.ts';
import { CALLER, type TestLog, testLog, worker } from './support.ts';

const NAMES = [
  ...['root', 'm-1', 'm-2', 'l-1', 'l-2', 'g-1'],
  ...[
    'shop',
    'hand',
    'park',
    'yard',
    'both',
    'lab',
    'good',
    'bad',
    'auto',
    'fine',
    'poor',
    'shy',
    'free',
    'firm',
    'top',
    'end',
  ],
];
const keyOf = (name: string): KeyPair => fastSigner(`tree ${name}`);

interface Served {
  readonly server: ModuleServer;
  readonly log: TestLog;
  readonly id: number;
}

describe('trees on a real node', () => {
  let client: Client;
  let caller: ModuleClient;
  let finish: () => void = () => undefined;
  let finished: Promise<void>;

  before(async () => {
    const over = new Promise<void>(resolve => {
      finish = resolve;
    });
    await new Promise<void>((ready, failed) => {
      finished = withCluster(
        { epochLength: 1_000_000, accounts: [...NAMES.map(keyOf), CALLER] },
        async cluster => {
          const rpc = await startRpc(await cluster.start(0), { host: '127.0.0.1', port: 0, log: silentLog });
          client = createClient(rpc.url);
          caller = await createModuleClient({ key: CALLER, client });
          ready();
          await over;
          await caller.close();
          client.close();
          await rpc.close();
        },
      );
      finished.catch(failed);
    });
  });
  afterEach(cleanUp);
  after(async () => {
    finish();
    await finished;
  });

  async function serve(name: string, definition: Partial<ModuleDefinition> = {}): Promise<Served> {
    const key = keyOf(name);
    const { functions = worker(name), links } = definition;
    const log = testLog();
    const server = await serveModule({ key, client, functions, links, log, dir: await directory() });
    onEnd(() => server.stop());
    const { id } = await registerModule({ key, client, alias: name, url: server.url, functions });
    return { server, log, id };
  }

  const link = (parent: string, child: string, shareBps: number, kind: 'replica' | 'subnet' = 'replica') =>
    formLink({ client, parent: keyOf(parent), child: keyOf(child), kind, shareBps });

  async function reserve(server: string): Promise<void> {
    const call = { kind: 'reserve', consensus: 0, server: keyOf(server).account, amount: TOKEN } as const;
    await client.send({ from: CALLER, call });
  }

  const nextEpoch = async (): Promise<number> => (await client.advanceEpoch({ epochs: 1 })).epoch;

  /** Ends the epoch, has the servers claim it, and closes the next one: what everybody was credited, by name. */
  async function settled(...servers: readonly Served[]): Promise<Record<string, bigint>> {
    const claiming = await nextEpoch();
    for (const { server } of servers) await server.settle();
    await nextEpoch();
    const { credits } = await client.getSettlement({ id: 0, epoch: claiming });
    const names = new Map(NAMES.map(name => [keyOf(name).address, name]));
    return Object.fromEntries(credits.map(({ account, amount }) => [names.get(account) ?? account, amount]));
  }

  it('profit shares reach the leaves of four levels, exact to the unit', async () => {
    const price = 1_007n;
    const forward = () => createReplicaSet().serve({ price: 0n, allow: 'parents' });
    for (const leaf of ['l-2', 'g-1']) await serve(leaf);
    const l1 = await serve('l-1', { functions: { work: forward() } });
    const m1 = await serve('m-1', { functions: { work: forward() } });
    const m2 = await serve('m-2', { functions: { work: forward() } });
    const root = await serve('root', { functions: { work: createReplicaSet().serve({ price }) } });
    await Promise.all([
      link('root', 'm-1', 3_333),
      link('m-1', 'l-1', 5_000),
      link('l-1', 'g-1', 1_111),
      link('m-2', 'l-2', 2_500),
      reserve('root'),
    ]);
    await link('root', 'm-2', 3_333);
    await nextEpoch();
    const arrivals = [
      [root, 'm-1'],
      [root, 'm-2'],
      [m1, 'l-1'],
      [m2, 'l-2'],
      [l1, 'g-1'],
    ] as const;
    await Promise.all(arrivals.map(([{ log }, child]) => log.heard('a child has come', child)));
    const { result, cost } = await caller.call('root', 'work');
    assert.ok(['g-1', 'l-2'].includes(String(result)));
    assert.equal(cost, price);
    // 1,007 = 335.6331 + 335.6331 + 335.7338 kept: two units go to what is kept and to the earlier child. The 336 of
    // m-1 are halved; of the 335 of m-2 l-2 gets 83.75, rounded up; of the 168 of l-1 g-1 gets 18.66, rounded up.
    assert.deepEqual(await settled(root), {
      root: 336n,
      'm-1': 168n,
      'm-2': 251n,
      'l-1': 149n,
      'l-2': 84n,
      'g-1': 19n,
    });
  });

  it('a share that is changed holds from the next epoch; a link that is dissolved holds to the end of its own', async () => {
    const price = 1_000n;
    await serve('hand');
    const shop = await serve('shop', { functions: { work: createReplicaSet().serve({ price }) } });
    await Promise.all([link('shop', 'hand', 1_000), reserve('shop')]);
    await nextEpoch();
    await shop.log.heard('a child has come', 'hand');
    await caller.call('shop', 'work');
    await link('shop', 'hand', 7_500);
    await caller.call('shop', 'work');
    assert.deepEqual(await settled(shop), { shop: 1_800n, hand: 200n });
    await caller.call('shop', 'work');
    const [parent, child] = [shop.id, (await client.getModule({ module: 'hand' })).id];
    await client.send({ from: keyOf('hand'), call: { kind: 'dissolveLink', parent, child } });
    // It is a child until the epoch is over: it is asked, and paid.
    assert.equal((await caller.call('shop', 'work')).result, 'hand');
    assert.deepEqual(await settled(shop), { shop: 500n, hand: 1_500n });
    await shop.log.heard('a child has gone', 'hand');
    await assert.rejects(caller.call('shop', 'work'), { name: 'NO_CHILDREN' });
    assert.deepEqual(await settled(shop), {});
  });

  it('a child of two trees serves both parents and is paid by both; its alias and its URL can change', async () => {
    const price = 1_000n;
    const both = await serve('both');
    const served = async (name: string) => {
      const set = createReplicaSet();
      return { set, ...(await serve(name, { functions: { work: set.serve({ price }) } })) };
    };
    const [park, yard] = await Promise.all([served('park'), served('yard')]);
    await Promise.all([
      link('park', 'both', 3_000),
      link('yard', 'both', 6_000),
      reserve('park'),
      reserve('yard'),
    ]);
    await nextEpoch();
    await Promise.all([park, yard].map(({ log }) => log.heard('a child has come', 'both')));
    for (const name of ['park', 'yard']) assert.equal((await caller.call(name, 'work')).result, 'both');
    await both.server.stop();
    const key = keyOf('both');
    const moved = await serveModule({
      key,
      client,
      functions: worker('both', () => 'moved'),
      dir: await directory(),
    });
    onEnd(() => moved.stop());
    const unchanged = { consensus: null, prices: null, metadata: null, maxLinks: null };
    const module = (await client.getModule({ module: 'both' })).id;
    const update = { kind: 'updateModule', module, alias: 'renamed', url: moved.url, ...unchanged } as const;
    await client.send({ from: key, call: update });
    await Promise.all([park.set.refresh(), yard.set.refresh()]);
    for (const name of ['park', 'yard']) assert.equal((await caller.call(name, 'work')).result, 'moved');
    assert.deepEqual(
      park.set.children().map(({ alias, health }) => [alias, health.phase]),
      [['renamed', 'up']],
    );
    const credits = await settled(park, yard);
    assert.deepEqual(credits, { park: 1_400n, yard: 800n, both: 1_800n });
    await client.send({ from: key, call: { ...update, alias: 'both' } });
  });

  it('a circle is refused, whoever proposes it and whatever the policies accept', async () => {
    const open = { asChild: {}, asParent: {} };
    const top = await serve('top', { links: open });
    const end = await serve('end', { links: open });
    const terms = (parent: number, child: number) => ({
      kind: 'proposeLink' as const,
      terms: {
        parent,
        child,
        kind: 'custom' as const,
        shareBps: 1,
        alias: 'x',
        metadata: { kind: 'inline' as const, data: new Uint8Array() },
      },
      expires: 1_000,
    });
    await client.send({ from: keyOf('top'), call: terms(top.id, end.id) });
    await end.log.heard('accepted a link');
    for (const proposer of ['top', 'end'])
      await assert.rejects(client.send({ from: keyOf(proposer), call: terms(end.id, top.id) }), {
        name: 'LINK_CYCLE',
      });
    await assert.rejects(client.send({ from: keyOf('top'), call: terms(top.id, top.id) }), {
      name: 'SELF_LINK',
    });
  });

  it('a policy accepts what it says, leaves open what it does not, and is asked again about better terms', async () => {
    const asked: unknown[] = [];
    const shy = await serve('shy', {
      links: {
        asChild: { from: ['firm'], kinds: ['subnet'], minShareBps: 500 },
        accept: ({ side, other, shareBps }) => {
          asked.push([side, other.alias, shareBps]);
          return true;
        },
      },
    });
    const [firm, free] = [await serve('firm'), await serve('free')];
    const offer = (name: string, parent: number, kind: 'replica' | 'subnet', shareBps: number) => {
      const metadata = { kind: 'inline', data: new Uint8Array() } as const;
      const terms = { parent, child: shy.id, kind, shareBps, alias: 'shy', metadata };
      return client.send({ from: keyOf(name), call: { kind: 'proposeLink', terms, expires: 1_000 } });
    };
    await offer('free', free.id, 'subnet', 9_000);
    await offer('firm', firm.id, 'replica', 9_000);
    await offer('firm', firm.id, 'subnet', 499);
    const left = 'left a proposal of a link open: the policy does not accept it';
    await shy.log.heard(left);
    await offer('firm', firm.id, 'subnet', 500);
    const accepted = await shy.log.heard('accepted a link');
    assert.deepEqual(accepted.fields, { side: 'child', other: 'firm', kind: 'subnet', shareBps: 500 });
    assert.deepEqual(asked, [['child', 'firm', 500]]);
    const open = await client.getLinkProposals({ module: 'shy' });
    assert.deepEqual(
      open.map(({ parent, shareBps }) => [parent, shareBps]),
      [[free.id, 9_000]],
    );
    const links = await client.getLinkParents({ module: 'shy' });
    assert.deepEqual(
      links.filter(({ status }) => status === 'accepted').map(({ parent, shareBps }) => [parent, shareBps]),
      [[firm.id, 500]],
    );
  });

  it('a subnet proposes shares by scores; the children’s policies accept them within their bounds', async () => {
    const score = (answer: unknown) => (answer === 'good' ? 9_000 : 1_000);
    const lab = createSubnet({ score, ask: 2, seed: 5 });
    const policy = { asChild: { from: ['lab'], minShareBps: 500 } };
    const good = await serve('good', { links: policy });
    const bad = await serve('bad', { links: policy });
    const parent = await serve('lab', { functions: { work: lab.serve({ price: 1_000n }) } });
    await Promise.all([link('lab', 'good', 3_000, 'subnet'), reserve('lab')]);
    await link('lab', 'bad', 7_000, 'subnet');
    await nextEpoch();
    await Promise.all(['good', 'bad'].map(name => parent.log.heard('a child has come', name)));
    for (let call = 0; call < 30; call++) assert.equal((await caller.call('lab', 'work')).result, 'good');
    const [better, worse] = lab.scores();
    assert.ok((better?.points ?? 0) > 5_000 && (worse?.points ?? 0) < 1_000);

    // All is given away, so the worse one has to accept less before the better one can be offered more.
    const plan = { totalBps: 10_000, minBps: 1_000 };
    const change = (id: number, from: number, to: number) => ({ child: id, from, to });
    const first = await lab.proposeShares(plan);
    assert.deepEqual(first, {
      proposed: [change(bad.id, 7_000, 1_800)],
      waiting: [change(good.id, 3_000, 8_200)],
    });
    await bad.log.heard('accepted a link');
    assert.deepEqual(await lab.proposeShares(plan), {
      proposed: [change(good.id, 3_000, 8_200)],
      waiting: [],
    });
    await good.log.heard('accepted a link');
    assert.deepEqual(await lab.proposeShares(plan), { proposed: [], waiting: [] });
    // The calls of this epoch are shared by its own terms.
    assert.deepEqual(await settled(parent), { good: 9_000n, bad: 21_000n });
    await caller.call('lab', 'work');
    assert.deepEqual(await settled(parent), { good: 820n, bad: 180n });
  });

  it('a subnet with a plan proposes shares by itself, once per epoch and in the order in which they fit', async () => {
    const score = (answer: unknown) => (answer === 'fine' ? 9_000 : 1_000);
    const lab = createSubnet({ score, seed: 5, shares: { totalBps: 10_000, minBps: 1_000 } });
    const policy = { asChild: { minShareBps: 1_000 } };
    const fine = await serve('fine', { links: policy });
    const poor = await serve('poor', { links: policy });
    const parent = await serve('auto', { functions: { work: lab.serve({ price: 1_000n }) } });
    await Promise.all([link('auto', 'fine', 3_000, 'subnet'), reserve('auto')]);
    await link('auto', 'poor', 7_000, 'subnet');
    await nextEpoch();
    await Promise.all(['fine', 'poor'].map(name => parent.log.heard('a child has come', name)));
    for (let call = 0; call < 30; call++) await caller.call('auto', 'work');
    await nextEpoch();
    // The worse one accepts less, and only then can the better one be offered what has become free.
    await Promise.all([fine, poor].map(({ log }) => log.heard('accepted a link')));
    await nextEpoch();
    await lab.refresh();
    assert.deepEqual(
      lab.scores().map(({ alias, shareBps }) => [alias, shareBps]),
      [
        ['fine', 8_200],
        ['poor', 1_800],
      ],
    );
    assert.deepEqual(await client.getLinkProposals({ module: 'auto' }), []);
  });
});
