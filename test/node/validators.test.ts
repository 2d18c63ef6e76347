import assert from 'node:assert/strict';
import {
  genesisHash,
  type KernelCall,
  keyPairFromUri,
  LightError,
  TOKEN,
  type Trusted,
  type ValidatorSet,
  validatorsHash,
} from '../../chain/index.ts';
import { verifyAdjacent } from '../../chain/light/index.ts';
import type { StoredBlock } from '../../node/api.ts';
import type { Node } from '../../node/node.ts';
import { proposerAt } from '../../node/ordering/index.ts';
import { onValidator } from '../support/calls.ts';
import { readEvents } from '../support/chain.ts';
import { alice, signed, untilFinal, untilHeight, validatorUri, withCluster } from './support/cluster.ts';

const EPOCH = 6;
const keys = [0, 1, 2, 3].map(index => keyPairFromUri(validatorUri(index), 'ed25519'));
const [leaving, backed, , joining] = keys;
assert.ok(leaving && backed && joining);

const stake = (kind: 'stake' | 'unstake', validator: `0x${string}`, tokens: bigint): KernelCall => ({
  kind,
  target: onValidator(validator),
  amount: tokens * TOKEN,
});

/** Who votes at each height, from nothing but the genesis and the events; the key is a height. */
function setsOf(blocks: readonly StoredBlock[], first: ValidatorSet): Map<number, ValidatorSet> {
  const changes = new Map<number, ValidatorSet>([[1, first]]);
  for (const { block, outcomes } of blocks)
    for (const { name, data } of readEvents(outcomes.events)) {
      if (name !== 'ValidatorsChanged') continue;
      const change = data as { fromHeight: number; validators: ValidatorSet };
      const { height, epoch } = block.header;
      assert.equal(change.fromHeight, height + 2);
      const before = blocks[height - 2]?.block.header.epoch ?? 0;
      assert.equal(epoch, before + 1, 'a change is decided in the first block of an epoch');
      changes.set(change.fromHeight, change.validators);
    }
  const sets = new Map<number, ValidatorSet>();
  let now = first;
  for (let height = 1; height <= blocks.length + 1; height++) {
    now = changes.get(height) ?? now;
    sets.set(height, now);
  }
  return sets;
}

async function blocksOf(node: Node): Promise<StoredBlock[]> {
  const heights = Array.from({ length: node.head().header.height }, (_, index) => index + 1);
  const blocks = await Promise.all(heights.map(height => node.block(height)));
  return blocks.map(block => block ?? assert.fail('a block is missing'));
}

describe('validators that change with stake', () => {
  it('vote and propose exactly two heights after the epoch began, and a light client follows', () =>
    withCluster(
      {
        validators: 3,
        keys: 4,
        epochLength: EPOCH,
        accounts: keys,
        blockMode: { kind: 'auto', emptyMs: 10 },
      },
      async cluster => {
        const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
        const [node] = nodes;
        assert.ok(node);
        const sent = [
          signed(joining, 0, stake('stake', joining.account, 150n)),
          signed(alice, 0, stake('stake', backed.account, 40n)),
        ];
        for (const transaction of sent) await untilFinal(node, await node.submit(transaction));
        await untilHeight(node, node.head().header.height + 3 * EPOCH);
        await untilFinal(
          node,
          await node.submit(signed(leaving, 0, stake('unstake', leaving.account, 100n))),
        );
        await untilHeight(node, node.head().header.height + 4 * EPOCH);

        const blocks = await blocksOf(node);
        const first = cluster.genesis.validators.map(({ validator }) => ({ validator, power: 100 }));
        const sets = setsOf(blocks, first);
        const at = (height: number): ValidatorSet => sets.get(height) ?? assert.fail(`no set ${height}`);
        assert.ok(at(blocks.length).some(({ validator }) => validator === joining.account));
        assert.ok(!at(blocks.length).some(({ validator }) => validator === leaving.account));

        const start: Trusted = {
          chainId: cluster.genesis.chainId,
          height: 0,
          hash: genesisHash(cluster.genesis),
          time: cluster.genesis.time,
          epoch: 0,
          nextValidators: first,
        };
        const options = { now: Date.now(), trustingPeriod: null, overlap: 'third' } as const;
        let trusted = start;
        const proposed = new Set<string>();
        for (const { block, commit } of blocks) {
          const { header } = block;
          const { height } = header;
          assert.equal(header.validatorsHash, validatorsHash(at(height)), `validators of ${height}`);
          assert.equal(header.nextValidatorsHash, validatorsHash(at(height + 1)));
          // A block may be proposed again in a later round than the one that it was made for.
          const turns = Array.from({ length: commit.round + 1 }, (_, round) =>
            proposerAt(at(height), height, round),
          );
          assert.ok(turns.includes(header.proposer), `proposer of ${height}`);
          proposed.add(header.proposer);
          const light = { header, commit, validators: at(height), nextValidators: at(height + 1) };
          if (height > 1 && at(height) !== at(height - 1))
            assert.throws(
              () => verifyAdjacent(trusted, { ...light, validators: at(height - 1) }, options),
              LightError,
            );
          trusted = verifyAdjacent(trusted, light, options);
        }
        assert.deepEqual([...proposed].sort(), keys.map(({ account }) => account).sort());
        assert.equal(trusted.height, blocks.length);
      },
    )).timeout(40_000);
});
