/**
 * Three validators over TCP, and a fourth node that floods one of them. Whatever it sends: it is banned for the right
 * reason, the others keep each other, everything honest arrives, and blocks go on.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Genesis } from '../../chain/index.ts';
import { encode, toHex } from '../../consensus/interface/index.ts';
import { type Node, startNode } from '../../node/node.ts';
import type { PeerBan } from '../../node/peers.ts';
import { ATTACKS, type Attack, createSpammer } from '../support/spam.ts';
import {
  alice,
  bob,
  signed,
  testGenesis,
  transfer,
  untilFinal,
  untilHeight,
  validatorUri,
} from './support/cluster.ts';
import { silentLog } from './support/log.ts';

const VALIDATORS = 3;
const genesis = testGenesis({ validators: VALIDATORS });

function startOver(directory: string, index: number, peers: string[]): Promise<Node> {
  const seed = toHex(new Uint8Array(32).fill(index + 1));
  return startNode(
    {
      name: `node-${index}`,
      dir: join(directory, `${index}`),
      genesis: toHex(encode(Genesis, genesis)),
      validator: validatorUri(index),
      devAuthority: null,
      p2p: { seed, host: '127.0.0.1', port: 0, peers },
      rpc: { host: '127.0.0.1', port: 0 },
      blockMode: { kind: 'auto', emptyMs: 50 },
      logLevel: 'silent',
      verifyThreads: 1,
    },
    { log: { ...silentLog, end: async () => undefined } },
  );
}

/** Waits, by turns of the event loop, until something is there. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

describe('a node that is flooded by a peer', () => {
  const nodes: Node[] = [];
  let directory = '';
  let nonce = 0;
  let victim: Node;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'devnet-test-'));
    for (let index = 0; index < VALIDATORS; index++)
      nodes.push(
        await startOver(
          directory,
          index,
          nodes.flatMap(node => node.addresses()),
        ),
      );
    [victim] = nodes as [Node];
    await Promise.all(nodes.map(node => untilHeight(node, 1)));
    await until(() => nodes.every(node => node.peers().length === VALIDATORS - 1) || undefined);
  });

  after(async () => {
    await Promise.all(nodes.map(node => node.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  async function flood(attack: Attack): Promise<PeerBan> {
    const spammer = createSpammer(genesis, victim.info.peerId, () => victim.ordering().height);
    try {
      await spammer.network.start();
      spammer.network.connect(victim.addresses()[0] ?? '');
      await until(() => victim.peers().find(({ id }) => id === spammer.network.id));
      attack.flood(spammer);
      return await until(() => {
        const ban = victim.bans().find(({ id }) => id === spammer.network.id);
        if (ban === undefined && attack.repeat === true) attack.flood(spammer);
        return ban;
      });
    } finally {
      await spammer.network.stop();
    }
  }

  for (const attack of ATTACKS)
    it(`bans it for ${attack.name}, and goes on with the others`, async () => {
      const { height } = victim.head().header;
      const banned = flood(attack);
      const hashes = await Promise.all(nodes.map(node => node.submit(signed(alice, nonce++, transfer(bob)))));
      for (const hash of hashes)
        for (const node of nodes) assert.equal((await untilFinal(node, hash)).status, 'final');
      const ban = await banned;
      assert.match(ban.reason, attack.reason);
      assert.ok(ban.until > Date.now());
      await Promise.all(nodes.map(node => untilHeight(node, height + 3)));
    });

  it('holds nothing against the honest ones', () => {
    for (const node of nodes) {
      const peers = new Map(node.peers().map(({ id, ...peer }) => [id, peer]));
      for (const other of nodes.filter(each => each !== node)) {
        const peer = peers.get(other.info.peerId);
        assert.ok(peer, 'two honest nodes have lost each other');
        assert.ok(peer.score >= 99, `an honest node has ${peer.score} points`);
        assert.deepEqual([peer.droppedSlow, peer.droppedOverRate], [0, 0]);
      }
      assert.equal(node.bans().length, node === victim ? ATTACKS.length : 0);
    }
  });
});
