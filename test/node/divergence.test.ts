/** One node's plugin answers otherwise: the others go on, and the odd one says which plugin, where, and what. */
import assert from 'node:assert/strict';
import { keyPairFromUri } from '../../chain/index.ts';
import { consensus0 } from '../../consensus/index.ts';
import { type Hex, type Op, ok, toHex } from '../../consensus/interface/index.ts';
import type { Divergence } from '../../node/divergence/monitor.ts';
import type { Node } from '../../node/node.ts';
import { proposerAt } from '../../node/ordering/proposer.ts';
import { createRunner, type Runner } from '../../node/plugins/runner.ts';
import { type Behaviour, callProbe, PROBE, probe, withProbe } from '../support/probe.ts';
import {
  alice,
  type Cluster,
  signed,
  testGenesis,
  untilHeight,
  validatorUri,
  withCluster,
} from './support/cluster.ts';

const KEY = Uint8Array.of(0xaa, 0x01);
const FIRST = Uint8Array.of(0x01);
const put = (key: Uint8Array, value: number): Op => ({ op: 'put', key, value: Uint8Array.of(value) });

/** Writes two rows with each call; the second one as the node has it. */
const calls = (value: number): Behaviour => ({ apply: () => ok([put(FIRST, 5), put(KEY, value)]) });
const closes = (value: number): Behaviour => ({ closeEpoch: () => ok([put(FIRST, 5), put(KEY, value)]) });

const ODD = 3;
/** Of the first block of epoch 1, where an epoch has six. */
const CLOSING_HEIGHT = 7;

function runnerOf(isOdd: boolean, behaviour: (value: number) => Behaviour): Runner {
  return createRunner(
    new Map([
      [0, consensus0],
      [PROBE, probe(behaviour(isOdd ? 9 : 7))],
    ]),
  );
}

interface Scene {
  readonly cluster: Cluster;
  readonly nodes: readonly Node[];
  readonly honest: readonly Node[];
  readonly fatal: Promise<Error>;
}

interface Setup {
  readonly behaviour: (value: number) => Behaviour;
  readonly epochLength: number;
  readonly odd?: number | undefined;
}

async function withOddNode(
  { behaviour, epochLength, odd = ODD }: Setup,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  let fall: (error: Error) => void = () => undefined;
  const fatal = new Promise<Error>(resolve => {
    fall = resolve;
  });
  const { genesis } = withProbe(behaviour(7));
  await withCluster(
    {
      validators: 4,
      epochLength,
      genesis: { consensus: genesis?.consensus ?? [] },
      runner: index => runnerOf(index === odd, behaviour),
      onFatal: (_, error) => fall(error),
      blockMode: { kind: 'auto', emptyMs: 50 },
    },
    async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await Promise.all(nodes.map(node => untilHeight(node, 1)));
      await run({ cluster, nodes, honest: nodes.filter((_, index) => index !== odd), fatal });
    },
  );
}

/** The first report of a node about a block that it got otherwise than all others. */
async function reportOf(node: Node, wanted: (report: Divergence) => boolean): Promise<Divergence> {
  for (;;) {
    const found = node.divergences().find(wanted);
    if (found !== undefined) return found;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

const differs = (report: Divergence): boolean => report.difference !== null;
const side = (value: number): Hex => toHex(Uint8Array.of(value));

describe('a node whose consensus module answers otherwise', function () {
  this.timeout(60_000);

  it('names plugin, height, call, and the first differing key with both values; the others go on', () =>
    withOddNode({ behaviour: calls, epochLength: 1_000 }, async ({ nodes, fatal }) => {
      const [first, , , odd] = nodes as [Node, Node, Node, Node];
      const hash = await first.submit(signed(alice, 0, callProbe(0n, 1)));
      const report = await reportOf(odd, each => differs(each) && each.verdict === 'this node');
      assert.equal(report.call?.plugin, 'probe@1.0.0');
      assert.deepEqual(
        { ...report.call },
        {
          consensus: PROBE,
          plugin: 'probe@1.0.0',
          method: 'do',
          transaction: hash,
          sender: alice.account,
          closing: null,
        },
      );
      assert.deepEqual(report.difference, { what: 'key', key: toHex(KEY), own: side(9), other: side(7) });
      assert.match(report.summary, new RegExp(`key ${toHex(KEY)} is ${side(9)} here and ${side(7)} there`));
      await untilHeight(first, report.height + 3);
      const stored = await first.transaction(hash);
      assert.ok(stored.status === 'final' && stored.outcome.ok && stored.height === report.height);
      const error = await fatal;
      assert.equal((error as { code?: string }).code, 'DIVERGED');
      assert.match(error.message, /consensus 7, probe@1\.0\.0, do in transaction/);
      assert.match(await odd.metrics(), /devnet_divergences\{node="node-3"\} [1-9]/);
    }));

  it('names the close of an epoch', () =>
    withOddNode({ behaviour: closes, epochLength: 6 }, async ({ nodes }) => {
      const odd = nodes[ODD] as Node;
      const report = await reportOf(odd, each => differs(each) && each.verdict === 'this node');
      assert.equal(report.call?.method, 'closeEpoch');
      assert.equal(report.call?.closing, 0);
      assert.equal(report.call?.transaction, null);
      assert.equal(report.height, CLOSING_HEIGHT);
      assert.deepEqual(report.difference, { what: 'key', key: toHex(KEY), own: side(9), other: side(7) });
      await untilHeight(nodes[0] as Node, CLOSING_HEIGHT + 2);
    }));

  it('is named by the others when it is its turn to propose', async () => {
    // Powers are equal, so the turn of the first round follows from the height alone.
    const { validators } = testGenesis({ validators: 4 });
    const set = validators.map(({ validator }) => ({ validator, power: 1 }));
    const turn = proposerAt(set, CLOSING_HEIGHT, 0);
    const odd = [0, 1, 2, 3].find(index => keyPairFromUri(validatorUri(index), 'ed25519').account === turn);
    await withOddNode({ behaviour: closes, epochLength: 6, odd }, async ({ nodes, honest }) => {
      const refused = ({ proposer, verdict }: Divergence): boolean =>
        proposer === turn && verdict === 'others';
      const reports = await Promise.all(honest.map(node => reportOf(node, refused)));
      for (const report of reports) {
        assert.equal(report.height, CLOSING_HEIGHT);
        assert.equal(report.call?.closing, 0);
        assert.deepEqual(report.differ, [nodes[odd ?? 0]?.info.peerId]);
        assert.deepEqual(report.difference, { what: 'key', key: toHex(KEY), own: side(7), other: side(9) });
      }
      await Promise.all(honest.map(node => untilHeight(node, CLOSING_HEIGHT + 2)));
    });
  });
});
