/** Two real nodes that do not belong together: both say so, with both values and what helps. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Genesis, genesisHash } from '../../chain/index.ts';
import { encode, toHex } from '../../consensus/interface/index.ts';
import { handshakeOf, PROTOCOL_VERSION } from '../../node/hello.ts';
import { type Node, startNode } from '../../node/node.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { VERSION } from '../../node/version.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import type { HandshakeOptions } from '../../p2p/network.ts';
import { type Line, recordingLog } from '../p2p/bed.ts';
import { testGenesis, validatorUri, withDirectory } from './support/cluster.ts';
import { silentLog } from './support/log.ts';

interface Side {
  readonly node: Node;
  readonly lines: readonly Line[];
  /** Resolves with the first refusal that the log tells. */
  readonly refused: Promise<string>;
}

interface Setup {
  readonly genesis: Genesis;
  readonly index: number;
  readonly peers: readonly string[];
  readonly directory: string;
  readonly change?: (handshake: HandshakeOptions) => HandshakeOptions;
}

async function start({ genesis, index, peers, directory, change = same => same }: Setup): Promise<Side> {
  const told = recordingLog();
  let tell: (reason: string) => void = () => undefined;
  const refused = new Promise<string>(resolve => {
    tell = resolve;
  });
  const log = {
    ...told,
    warn(fields: object, message: string) {
      told.warn(fields, message);
      if (message === 'peer refused' && 'reason' in fields) tell(String(fields.reason));
    },
    end: async () => undefined,
  };
  const seed = new Uint8Array(32).fill(index + 1);
  const node = await startNode(
    {
      name: `node-${index}`,
      dir: join(directory, `${index}`),
      genesis: toHex(encode(Genesis, genesis)),
      validator: validatorUri(index),
      devAuthority: null,
      p2p: { seed: toHex(seed), host: '127.0.0.1', port: 0, peers: [...peers] },
      rpc: { host: '127.0.0.1', port: 0 },
      blockMode: { kind: 'auto', emptyMs: 50 },
      logLevel: 'silent',
      verifyThreads: 0,
    },
    {
      log,
      network: handshake =>
        createLibp2pNetwork({
          privateKeySeed: seed,
          listen: ['/ip4/127.0.0.1/tcp/0'],
          handshake: change(handshake),
          log,
        }),
    },
  );
  return { node, lines: told.lines, refused };
}

/** Starts both, the second with the first as its peer, and stops them afterwards. */
function withTwo(
  first: Pick<Setup, 'genesis' | 'change'>,
  second: Pick<Setup, 'genesis' | 'change'>,
  run: (first: Side, second: Side) => Promise<void>,
): Promise<void> {
  return withDirectory(async directory => {
    const a = await start({ ...first, index: 0, peers: [], directory });
    const b = await start({ ...second, index: 1, peers: a.node.addresses(), directory });
    try {
      await run(a, b);
    } finally {
      await Promise.all([a.node.stop(), b.node.stop()]);
    }
  });
}

describe('two nodes that do not belong together', () => {
  it('name both genesis hashes on both sides, and the readiness page of the lonely one tells it', () => {
    const genesis = testGenesis({ validators: 2 });
    const other = testGenesis({ validators: 2, epochLength: 7 });
    return withTwo({ genesis }, { genesis: other }, async (a, b) => {
      for (const reason of await Promise.all([a.refused, b.refused])) {
        assert.ok(reason.includes(genesisHash(genesis)), reason);
        assert.ok(reason.includes(genesisHash(other)), reason);
        assert.match(reason, /start both nodes from one genesis/);
      }
      assert.deepEqual([a.node.peers(), b.node.peers()], [[], []]);
      const rpc = await startRpc(b.node, { host: '127.0.0.1', port: 0, log: silentLog });
      try {
        const response = await fetch(`${rpc.url}/readyz`);
        assert.equal(response.status, 503);
        const { reasons } = (await response.json()) as { reasons: string[] };
        const about = reasons.find(reason => reason.includes(a.node.info.peerId));
        assert.match(about ?? '', /^no connection with peer .* genesis 0x[0-9a-f]{64}, this node has 0x/);
      } finally {
        await rpc.close();
      }
    });
  });

  it('name both versions of the protocol', () => {
    const genesis = testGenesis({ validators: 2 });
    const change = () => handshakeOf(genesis, '9.9.9', PROTOCOL_VERSION + 1);
    return withTwo({ genesis }, { genesis, change }, async (a, b) => {
      const versions = [`${PROTOCOL_VERSION} (devnet ${VERSION})`, `${PROTOCOL_VERSION + 1} (devnet 9.9.9)`];
      for (const reason of await Promise.all([a.refused, b.refused])) {
        for (const version of versions) assert.ok(reason.includes(version), reason);
        assert.match(reason, /run the same version of devnet on both nodes/);
      }
    });
  });

  it('name both chains', () => {
    const genesis = testGenesis({ validators: 2 });
    return withTwo({ genesis }, { genesis: { ...genesis, chainId: 'other-chain' } }, async (a, b) => {
      for (const reason of await Promise.all([a.refused, b.refused])) {
        assert.match(reason, /other-chain/);
        assert.match(reason, /test-chain/);
        assert.match(reason, /take the address of the other node out of the peers/);
      }
    });
  });

  it('log a refusal once, however often it is repeated', () => {
    const genesis = testGenesis({ validators: 2 });
    const other = testGenesis({ validators: 2, epochLength: 7 });
    return withTwo({ genesis }, { genesis: other }, async (a, b) => {
      await Promise.all([a.refused, b.refused]);
      const again = () => a.lines.filter(line => line.message === 'peer refused').length >= 4;
      while (!again()) await new Promise(resolve => setImmediate(resolve));
      const warned = a.lines.filter(line => line.message === 'peer refused' && line.level === 'warn');
      // One for what this node says, and at most one for what the peer says.
      assert.ok(warned.length <= 2, `${warned.length} warnings`);
    });
  });
});
