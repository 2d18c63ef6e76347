/** A chain that is no devnet: nobody has powers, and those with stake install a consensus module by voting. */
import assert from 'node:assert/strict';
import {
  DEFAULT_RULES,
  getEpoch,
  getGovProposal,
  getInstallation,
  type KernelCall,
  type KeyPair,
  TOKEN,
} from '../../chain/index.ts';
import { writePlugin } from '../../node/package/index.ts';
import { LEDGER } from '../support/ledger.ts';
import {
  alice,
  blockWhere,
  bob,
  signed,
  transfer,
  untilFinal,
  withCluster,
  withDirectory,
} from './support/cluster.ts';
import { packLedger } from './support/packed.ts';
import { call, firstOf, level, options, sameBlocks, startFour, versionOn } from './support/registry.ts';

describe('governance on a chain without a dev authority', function () {
  this.timeout(30_000);

  it('installs a consensus module on all nodes when a proposal has passed', () =>
    withDirectory(directory =>
      withCluster(
        {
          ...options(directory),
          epochLength: 4,
          genesis: {
            devAuthority: null,
            devnet: false,
            governance: { ...DEFAULT_RULES, votingEpochs: 3 },
          },
          blockMode: { kind: 'auto', emptyMs: 50 },
        },
        async cluster => {
          const packed = await packLedger('1.0.0', 1);
          await writePlugin(directory, packed.plugin);
          const nodes = await startFour(cluster);
          const node = firstOf(nodes);
          assert.equal(node.dev, null);
          const nonces = new Map<KeyPair, number>();
          const send = async (key: KeyPair, wanted: KernelCall): Promise<string> => {
            const nonce = nonces.get(key) ?? 0;
            nonces.set(key, nonce + 1);
            const status = await untilFinal(node, await node.submit(signed(key, nonce, wanted)));
            assert.ok(status.status === 'final');
            return status.outcome.failure?.code ?? 'ok';
          };
          const untilEpoch = (epoch: number) =>
            blockWhere(node, () => getEpoch(node.state()).number >= epoch);

          const [{ validator } = { validator: alice.account }] = cluster.genesis.validators;
          const target = { kind: 'validator', validator } as const;
          for (const key of [alice, bob])
            assert.equal(await send(key, { kind: 'stake', target, amount: 300n * TOKEN }), 'ok');
          await untilEpoch(getEpoch(node.state()).number + 1);
          const soon = getEpoch(node.state()).number + 9;
          const installation = packed.installation(soon);
          const alone = await send(alice, { kind: 'installConsensus', ...installation });
          assert.equal(alone, 'NEEDS_PROPOSAL');

          const content = { kind: 'installConsensus', ...installation } as const;
          assert.equal(await send(bob, { kind: 'propose', title: 'the ledger', content }), 'ok');
          // 600 of 1,000 tokens: a quorum without any validator.
          const votes = [alice, bob].map(key => send(key, { kind: 'vote', proposal: 0, choice: 'yes' }));
          assert.deepEqual(await Promise.all(votes), ['ok', 'ok']);
          assert.equal(getGovProposal(node.state(), 0)?.electorate, 1_000n * TOKEN);
          await blockWhere(node, () => getGovProposal(node.state(), 0)?.result !== null);
          assert.equal(getGovProposal(node.state(), 0)?.result?.status, 'passed');
          assert.equal(getInstallation(node.state(), LEDGER)?.activationEpoch, soon);

          await untilEpoch(soon);
          await level(nodes);
          assert.equal(versionOn(nodes), '1.0.0');
          assert.equal(await send(bob, transfer(alice)), 'ok');
          assert.equal(await call(nodes, nonces.get(alice) ?? 0, 'deposit', 100n), 'ok');
          await sameBlocks(nodes);
        },
      ),
    ));
});
