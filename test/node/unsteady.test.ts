/** One validator of four runs a plugin whose process answers by what no other has: the same code, in real processes. */
import assert from 'node:assert/strict';
import { keyPairFromUri } from '../../chain/index.ts';
import { consensus0 } from '../../consensus/index.ts';
import { toHex } from '../../consensus/interface/index.ts';
import type { Divergence } from '../../node/divergence/monitor.ts';
import type { Node } from '../../node/node.ts';
import { plainCommand } from '../../node/plugins/consensus.ts';
import { createRunner } from '../../node/plugins/runner.ts';
import { callProbe, PROBE, withProbe } from '../support/probe.ts';
import { isolate } from './plugins/support.ts';
import { unsteady as unsteadyModule } from './plugins/unsteady.ts';
import { alice, signed, untilFinal, untilHeight, validatorUri, withCluster } from './support/cluster.ts';

const ODD = 3;
/** Calls of the module: see there. */
const BY_PROCESS = 1;
const STEADY = 3;
const mechanisms = new Map([[0, consensus0]]);
/** In this process, which is not told to be odd. */
const here = new Map([
  [0, consensus0],
  [PROBE, unsteadyModule],
]);
const odd = { command: { ...plainCommand(), env: { ODD: '1' } } };
const bytesOf = (number: number) => toHex(Uint8Array.of(number >>> 16, (number >>> 8) & 255, number & 255));

/** Waits for blocks, not for time: reports come while they are made. */
async function reportOn(
  node: Node,
  blocks: Node,
  wanted: (report: Divergence) => boolean,
): Promise<Divergence> {
  for (;;) {
    const found = node.divergences().find(wanted);
    if (found !== undefined) return found;
    await untilHeight(blocks, blocks.head().header.height + 1);
  }
}

describe('a validator whose plugin answers by its process', function () {
  this.timeout(60_000);

  it('names the key in which the id of its process stands, with both values; the others go on', async () => {
    const [steady, unsteady] = await Promise.all([
      isolate('unsteady', { mechanisms }),
      isolate('unsteady', { mechanisms }, odd),
    ]);
    const { genesis } = withProbe({});
    let fall: (error: Error) => void = () => undefined;
    const fatal = new Promise<Error>(resolve => {
      fall = resolve;
    });
    const options = {
      validators: 4,
      epochLength: 1_000,
      genesis: { consensus: genesis?.consensus ?? [] },
      runner: (index: number) =>
        index === ODD ? unsteady.runner : index === 2 ? steady.runner : createRunner(here),
      onFatal: (index: number, error: Error) => {
        assert.equal(index, ODD);
        fall(error);
      },
      blockMode: { kind: 'auto' as const, emptyMs: 50 },
    };
    await withCluster(options, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await Promise.all(nodes.map(node => untilHeight(node, 1)));
      const [first, , , last] = nodes as [Node, Node, Node, Node];
      const before = await untilFinal(first, await first.submit(signed(alice, 0, callProbe(0n, STEADY))));
      assert.equal(before.status, 'final');
      await untilHeight(last, first.head().header.height);
      assert.deepEqual(last.divergences(), []);

      const { pid } = unsteady.plugin.live ?? assert.fail();
      const hash = await first.submit(signed(alice, 1, callProbe(0n, BY_PROCESS)));
      const { account } = keyPairFromUri(validatorUri(ODD), 'ed25519');
      // Of a block that another one proposed: its own one the others refuse, and the next proposer takes the call.
      const report = await reportOn(
        last,
        first,
        each => each.difference !== null && each.proposer !== account,
      );
      assert.equal(report.verdict, 'this node');
      assert.deepEqual(report.call, {
        consensus: PROBE,
        plugin: 'probe@1.0.0',
        method: 'do',
        transaction: hash,
        sender: alice.account,
        closing: null,
      });
      const key = toHex(Uint8Array.of(1, BY_PROCESS));
      assert.deepEqual(report.difference, { what: 'key', key, own: bytesOf(pid), other: bytesOf(0) });
      const status = await untilFinal(first, hash);
      assert.ok(status.status === 'final' && status.height === report.height);
      await untilHeight(first, report.height + 3);
      const error = await fatal;
      assert.equal((error as { code?: string }).code, 'DIVERGED');
      for (const word of [`block ${report.height} `, 'probe@1.0.0', hash, key, bytesOf(pid)])
        assert.ok(error.message.includes(word), `${word} in ${error.message}`);
    });
  });
});
