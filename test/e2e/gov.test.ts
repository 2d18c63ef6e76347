/** Proposals from the command line on a node that runs in this process. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, TOKEN } from '../../chain/index.ts';
import { packPlugin } from '../../devnet/plugins/package.ts';
import { createClient } from '../../node/client/index.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { FOLDER } from '../examples/stake-time/pack.ts';
import { alice, untilHeight, withCluster, withDirectory } from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { built, cli } from './support.ts';

const PARAMS = {
  curve: { kPpm: 4_000_000, p: 1, tMax: 8, haircutBps: 1_000 },
  vestEpochs: 2,
  rewardPerEpoch: '100',
  governor: null,
};

describe('devnet gov', function () {
  this.timeout(60_000);
  before(built);

  it('proposes documents, and consensus modules as their code describes itself', () =>
    withDirectory(directory =>
      withCluster(
        {
          epochLength: 1_000,
          pluginsIn: () => join(directory, 'plugins'),
          blockMode: { kind: 'auto', emptyMs: 100 },
        },
        async cluster => {
          const node = await cluster.start(0);
          await untilHeight(node, 1);
          const rpc = await startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog });
          const client = createClient(rpc.url);
          const gov = (...words: string[]) => cli(directory, '--rpc', rpc.url, 'gov', ...words);
          const said = async (...words: string[]): Promise<string> => {
            const { code, stdout, stderr } = await gov(...words);
            assert.equal(code, 0, stderr);
            return stdout;
          };
          const { validator } = cluster.genesis.validators[0] ?? assert.fail();
          const target = { kind: 'validator', validator } as const;
          try {
            await client.send({ from: alice, call: { kind: 'stake', target, amount: 500n * TOKEN } });
            await client.advanceEpoch();

            const plan = join(directory, 'plan.md');
            await writeFile(plan, 'more of everything\n');
            await said('propose', 'text', 'a plan', '--uri', 'ipfs:plan', '--file', plan, '--from', 'bob');
            const { content } = await client.getProposal({ proposal: 0 });
            assert.deepEqual(content, {
              kind: 'text',
              uri: 'ipfs:plan',
              sha256: sha256(new TextEncoder().encode('more of everything\n')),
            });

            const file = join(directory, 'stake-time.plugin');
            const { plugin } = await packPlugin(FOLDER, file);
            const wanting = await gov('propose', 'install', file, '--from', 'bob');
            assert.equal(wanting.code, 2);
            assert.match(wanting.stderr, /--params.curve: is missing/);
            const terms = ['--params', JSON.stringify(PARAMS), '--mint-cap', '0.1'];
            const made = await said('propose', 'install', file, ...terms, '--from', 'bob');
            assert.match(made, /^proposal 1: install stake-time 1\.0\.0; votes count before epoch 3/);
            await said('vote', '1', 'yes', '--from', 'alice');
            await client.advanceEpoch({ epochs: 2 });
            const shown = await said('show', '1');
            assert.match(shown, /^stake-time 1\.0\.0 as consensus id 1 from epoch 6 on$/m);
            assert.match(shown, /^passed in block/m);

            const cancelled = await said('propose', 'cancel', '1', '--from', 'bob');
            assert.match(cancelled, /^proposal 2: cancel consensus module 1;/);
            // Nobody votes on it, so the module comes into force: the node was given its code.
            await client.advanceEpoch({ epochs: 3 });
            const found = (await client.listConsensus()).find(({ id }) => id === 1);
            assert.equal(found?.status, 'active');
            assert.equal(found?.name, plugin.manifest.name);
            assert.match(await said('list'), /^ 2 .* no quorum /m);
          } finally {
            client.close();
            await rpc.close();
          }
        },
      ),
    ));
});
