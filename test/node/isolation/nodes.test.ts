/**
 * The attacks of `attacker.ts` against whole nodes: two validators who must both vote, each with the attacker in the strongest
 * isolation of this machine and once more in the metered machine. After each one blocks go on, a good call to the same
 * plugin becomes final, and log and list of each node say what happened.
 */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { keyPairFromUri } from '../../../chain/index.ts';
import { encode, type Hex, struct, u32 } from '../../../consensus/interface/index.ts';
import { HUB_LIMITS } from '../../../node/host/hub.ts';
import { LIFE_LIMITS } from '../../../node/host/life.ts';
import { probeIsolation } from '../../../node/isolation/index.ts';
import type { Node } from '../../../node/node.ts';
import {
  codeHash,
  keptDirectory,
  type Package,
  parseManifest,
  writePlugin,
} from '../../../node/package/index.ts';
import { Heard, type Line } from '../host/support.ts';
import {
  type Cluster,
  signed,
  untilFinal,
  untilHeight,
  withCluster,
  withDirectory,
} from '../support/cluster.ts';
import { MARK, MOOD, SECRET } from './attacker.ts';

const ID = 7;
const METERED = 8;
const Args = struct({ number: u32 });

interface Attack {
  readonly number: number;
  readonly name: string;
  /** What the list says of its last error; null where it does no harm. */
  readonly error: RegExp | null;
  /** In the metered machine: what its call comes to. */
  readonly metered: RegExp;
}

/** It says so in its storage, or throws. */
const ABSENT = /^ok$/;
const NO_WAY = /^left out.*FORBIDDEN_SOURCE/;
/** Calls of all tests: each has a sender of its own, so that one that was left out stands in the way of none. */
const MOST_CALLS = 150;
const senders = Array.from({ length: MOST_CALLS }, (_, at) => keyPairFromUri(`//Attacks//${at}`, 'ed25519'));

const attacks: readonly Attack[] = [
  {
    number: 1,
    name: 'a loop',
    error: /TIMEOUT.*do at height \d+.*no answer within/,
    metered: /^OUT_OF_FUEL/,
  },
  {
    number: 10,
    name: 'a memory bomb on the heap',
    error: /(CRASHED|TIMEOUT)/,
    metered: /^OUT_OF_(MEMORY|FUEL)/,
  },
  { number: 11, name: 'a memory bomb of Buffers', error: /(CRASHED|TIMEOUT)/, metered: ABSENT },
  { number: 20, name: 'a fork bomb', error: null, metered: ABSENT },
  { number: 23, name: 'reading the keys of the node', error: null, metered: ABSENT },
  { number: 40, name: 'killing the node', error: null, metered: ABSENT },
  { number: 50, name: 'a crash in a call', error: /CRASHED.*do at height \d+.*code 7/s, metered: ABSENT },
  {
    number: 54,
    name: 'an exception in a call',
    error: /THREW.*do at height \d+.*a defect/,
    metered: /^left out/,
  },
  { number: 70, name: 'a giant frame', error: /FRAME_TOO_LARGE.*4294967295/, metered: NO_WAY },
  { number: 71, name: 'a frame of garbage', error: /GARBAGE/, metered: NO_WAY },
  { number: 74, name: 'the answer to another request', error: /GARBAGE/, metered: NO_WAY },
  { number: 75, name: 'a slow drip', error: /TIMEOUT/, metered: NO_WAY },
  {
    number: 80,
    name: 'a crash in the weight of a call',
    error: /CRASHED.*examining do.*code 8/s,
    metered: /^refused/,
  },
  { number: 81, name: 'a loop in the weight of a call', error: /TIMEOUT.*examining do/, metered: /^refused/ },
];

describe('attacks of a consensus module against whole nodes', function () {
  this.timeout(60_000);
  let bed: Bed;
  let signals = 0;
  const onSignal = (): void => void signals++;
  before(async () => {
    process.on('SIGUSR2', onSignal);
    await writeFile(SECRET, 'a key', { mode: 0o600 });
    bed = await openBed();
  });
  after(async () => {
    process.off('SIGUSR2', onSignal);
    await rm(SECRET, { force: true });
    await bed?.close();
  });

  for (const { number, name, error, metered } of attacks)
    it(`${name}: blocks go on, and it is said`, async () => {
      const from = bed.heard.lines.length;
      await bed.call(ID, number);
      await bed.goOn(ID);
      if (error !== null) {
        const line = await bed.heard.until(
          line => line.level === 'error' && error.test(String(line.err)),
          from,
        );
        assert.match(String(line.plugin), /^consensus 7, probe@1\.0\.0$/);
        assert.ok(
          bed.errors(ID).some(last => error.test(last)),
          bed.errors(ID).join('\n'),
        );
      }
      assert.match(await bed.call(METERED, number), metered);
      await bed.goOn(METERED);
    });

  it('a query that hangs, crashes or throws is refused, and the next one is answered', async () => {
    const [node] = bed.nodes;
    const ask = (consensus: number, number: number) =>
      node.query(consensus, { name: 'look', args: encode(Args, { number }) });
    await assert.rejects(ask(ID, 1), /TIMEOUT.*query look at height/);
    await assert.rejects(ask(ID, 2), /CRASHED.*query look at height/);
    await assert.rejects(ask(ID, 3), /a defect of a query/);
    await assert.rejects(ask(METERED, 2));
    for (const id of [ID, METERED]) assert.deepEqual(await ask(id, 5), encode(u32, 5));
    await bed.goOn(ID);
  });

  it('a crash at the close of an epoch stops the chain at it, loudly, and no further than until there is an answer', async () => {
    const from = bed.heard.lines.length;
    await bed.mood(true);
    const closing = bed.nodes[0].dev?.advanceEpoch(1) ?? assert.fail();
    const isClose = ({ message, asked }: Line): boolean =>
      message === 'a consensus module gave no answer' && asked === 'closeEpoch';
    await bed.heard.until(isClose, from);
    const { height, epoch } = bed.nodes[0].head().header;
    const { length } = bed.heard.lines;
    await bed.heard.until(isClose, length);
    // It is asked again and again; nobody guessed.
    assert.equal(bed.nodes[0].head().header.epoch, epoch);
    assert.ok(bed.nodes[0].head().header.height - height <= 1);
    assert.ok(bed.errors(ID).some(last => /CRASHED.*closeEpoch at height \d+.*code 10/s.test(last)));
    await bed.mood(false);
    await closing;
    await Promise.all(bed.nodes.map(node => untilHeight(node, height + 2)));
    assert.equal(bed.nodes[1].head().header.epoch, epoch + 1);
    await bed.goOn(ID);
  });

  const births: readonly (readonly [when: string, code: string, says: RegExp])[] = [
    ['at its import', 'process.exit(9);', /START.*it ended with code 9/s],
    ['by an exception at its import', `throw new Error('not today');`, /START.*not today/s],
    ['by a loop at its import', 'for (;;);', /HANDSHAKE.*nobody came in within/],
    ['without a module in it', 'export default 5;', /START.*has no consensus module/s],
    [
      'under the name of another',
      `export default { info: { name: 'probe', version: '1.0.0' }, calls: {}, params: { schema: { type: 'struct', fields: [] } } };`,
      /WRONG_PLUGIN.*is probe@1\.0\.0, the chain runs newborn@1\.0\.0/,
    ],
    [
      'in its description',
      `export default { info: { name: 'newborn', version: '1.0.0' }, calls: { a: { description: 'x', codec: { get schema() { process.exit(11); } } } }, params: { schema: { type: 'struct', fields: [] } } };`,
      /START.*code 11/s,
    ],
    [
      'with a description that is none',
      `export default { info: { name: 'newborn', version: '1.0.0' }, calls: {}, params: { schema: { type: 'nothing' } } };`,
      /GARBAGE.*its description/,
    ],
    [
      'with a giant description',
      `export default { info: { name: 'newborn', version: '1.0.0' }, calls: {}, params: { schema: 'x'.repeat(2 << 20) } };`,
      /START|FRAME_TOO_LARGE|CRASHED/,
    ],
  ];
  for (const [when, code, says] of births)
    it(`code that fails ${when} is not installed, and that is said`, async () => {
      const newborn = packed('newborn', new TextEncoder().encode(code));
      await writePlugin(bed.root, newborn);
      const [node] = bed.nodes;
      const hash = codeHash(newborn.code);
      await assert.rejects(
        node.describe({ id: 20, name: 'newborn', version: '1.0.0', codeHash: hash }),
        says,
      );
      const listed = (await node.plugins().reload()).find(({ name }) => name === 'newborn');
      assert.equal(listed?.state, 'refused');
      assert.match(listed?.reason ?? '', says);
      await bed.blocksGoOn();
    });

  it('a process that refuses to end is ended with its node, and none of the attacks came through', async () => {
    assert.equal(await bed.call(ID, 53), 'ok');
    await bed.close();
    assert.equal(signals, 0);
    await assert.rejects(readFile(MARK), { code: 'ENOENT' });
    assert.deepEqual(
      bed.heard.lines.filter(({ message }) => message.includes('taken down')),
      [],
    );
  });
});

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let [resolve, reject]: [Deferred<T>['resolve'], Deferred<T>['reject']] = [() => undefined, () => undefined];
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}

interface Bed {
  readonly nodes: readonly [Node, Node];
  readonly heard: Heard;
  /** The plugins directory. */
  readonly root: string;
  /** What came of a call with this number. */
  call(consensus: number, number: number): Promise<string>;
  blocksGoOn(): Promise<void>;
  /** Blocks go on, and a good call becomes final. */
  goOn(consensus: number): Promise<void>;
  /** The last errors of a module, as the lists of the nodes tell them. */
  errors(consensus: number): readonly string[];
  mood(bad: boolean): Promise<void>;
  close(): Promise<void>;
}

function packed(name: string, code: Uint8Array): Package {
  const hash = codeHash(code).slice(2);
  const source = `name = "${name}"\nversion = "1.0.0"\nentry_point = "index.js"\n[binary]\nhash = "sha256:${hash}"\nsize = ${code.length}\n`;
  return { manifest: parseManifest(source), source, code };
}

async function packAttacker(): Promise<Package> {
  const file = JSON.stringify(new URL('./attacker.ts', import.meta.url).pathname);
  const { outputFiles } = await build({
    stdin: { contents: `export { attacker as default } from ${file};`, resolveDir: tmpdir() },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
  });
  return packed('probe', outputFiles[0]?.contents ?? assert.fail());
}

async function openBed(): Promise<Bed> {
  const heard = new Heard();
  const attacker = await packAttacker();
  const hash = codeHash(attacker.code);
  const entry = (id: number) => ({
    id,
    name: 'probe',
    version: '1.0.0',
    stateVersion: 1,
    codeHash: hash,
    capabilities: [],
    mintCap: 0n,
    params: encode(struct({}), {}),
  });
  const { tiers } = await probeIsolation();
  const over = deferred<void>();
  const ready = deferred<Omit<Bed, 'close'>>();
  const done = withDirectory(async root => {
    await writePlugin(root, attacker);
    await withCluster(
      {
        validators: 2,
        epochLength: 100_000,
        accounts: senders,
        consensus: [entry(ID), entry(METERED)],
        runners: [{ id: METERED, runner: 'process', isolation: 'T3' }],
        pluginsIn: () => root,
        log: heard.log,
        hosting: {
          life: LIFE_LIMITS,
          hub: HUB_LIMITS,
          patience: { requestDeadline: 1_000, startDeadline: 3_000, attempts: 1, backOff: 10 },
        },
      },
      async cluster => {
        ready.resolve(await bedOf(cluster, root, hash, heard));
        await over.promise;
      },
    );
  });
  done.catch(ready.reject);
  const bed = await ready.promise;
  const listed = bed.nodes.map(node =>
    node
      .plugins()
      .list()
      .map(({ tier }) => tier),
  );
  assert.deepEqual(
    listed,
    [1, 2].map(() => [tiers.includes('T2') ? 'T2' : 'T1', 'T3']),
  );
  return {
    ...bed,
    async close() {
      over.resolve();
      await done;
    },
  };
}

async function bedOf(cluster: Cluster, root: string, hash: Hex, heard: Heard): Promise<Omit<Bed, 'close'>> {
  const nodes = (await Promise.all([cluster.start(0), cluster.start(1)])) as [Node, Node];
  await Promise.all(nodes.map(node => node.plugins().reload()));
  let turn = 0;
  const file = join(keptDirectory(root, hash), 'index.js');
  const calm = await readFile(file, 'utf8');

  async function call(consensus: number, number: number): Promise<string> {
    // From one node and the other, so that both propose what the other has examined too.
    const node = nodes[turn % 2 === 0 ? 0 : 1];
    const sender = senders[turn] ?? assert.fail('more calls than senders');
    turn++;
    const args = encode(Args, { number });
    const bytes = signed(sender, 0, { kind: 'call', consensus, method: 'do', args, value: 0n });
    try {
      const status = await untilFinal(node, await node.submit(bytes));
      if (status.status !== 'final') return `left out: ${JSON.stringify(status)}`;
      const { failure } = status.outcome;
      return failure === null ? 'ok' : `${failure.code}: ${failure.message}`;
    } catch (error) {
      return `refused: ${String(error)}`;
    }
  }
  const blocksGoOn = async (): Promise<void> => {
    const height = Math.max(...nodes.map(node => node.head().header.height)) + 2;
    await Promise.all(nodes.map(node => untilHeight(node, height)));
    const [one, other] = await Promise.all(nodes.map(node => node.block(height)));
    assert.equal(one?.hash, other?.hash);
  };
  return {
    nodes,
    heard,
    root,
    call,
    blocksGoOn,
    async goOn(consensus) {
      await blocksGoOn();
      // What is still wrong with a process shows with the next question, and costs that one at most on each node.
      const tries: string[] = [];
      while (tries.at(-1) !== 'ok' && tries.length < 3) tries.push(await call(consensus, 0));
      assert.equal(tries.at(-1), 'ok', tries.join('\n'));
    },
    errors: consensus =>
      nodes.flatMap(node =>
        node
          .plugins()
          .list()
          .flatMap(({ lastError }) =>
            lastError?.includes(`consensus ${consensus},`) === true ? [lastError] : [],
          ),
      ),
    mood: bad => writeFile(file, bad ? `${calm.trimEnd()}${MOOD}` : calm),
  };
}
