import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromUri } from '../../chain/index.ts';
import { stageOf } from '../../devnet/plugins/activation.ts';
import { announce, idFor, requireApproval } from '../../devnet/plugins/install.ts';
import type { Client } from '../../node/client/index.ts';
import {
  codeHash,
  type Manifest,
  type Package,
  parseManifest,
  signManifest,
} from '../../node/package/index.ts';

type InstallConsensusParameters = Parameters<Client['installConsensus']>[0];
type Standing = Parameters<typeof stageOf>[2][number];

const alice = keyPairFromUri('//Alice');
const bob = keyPairFromUri('//Bob');
const code = new TextEncoder().encode('export default {};\n');

const BARE = `name = "mesh"
version = "1.0.0"
entry_point = "dist/index.js"
[binary]
hash = "sha256:${codeHash(code).slice(2)}"
size = ${code.length}
`;
const packed = (manifest: Manifest): Package => ({ manifest, source: '', code });

function signed(change: (manifest: Manifest) => Manifest = manifest => manifest): Package {
  const source = (signature: string) =>
    `${BARE}[signatures]\nthreshold = "1-of-1"\nmaintainers = [{ name = "alice", public_key = "${alice.address}"${signature} }]\n`;
  const signature = signManifest(parseManifest(source('')), alice);
  return packed(change(parseManifest(source(`, signature = "${signature}"`))));
}

describe('whose plugins are installed', () => {
  const refusedAs = (code: string) => (error: { code?: string }) => error.code === code;

  it('those that enough maintainers signed who are trusted here', () => {
    assert.equal(requireApproval(signed(), new Set([alice.account]), false).approved, true);
    assert.throws(() => requireApproval(signed(), new Set([bob.account]), false), refusedAs('NOT_TRUSTED'));
    assert.throws(
      () => requireApproval(packed(parseManifest(BARE)), new Set([alice.account]), false),
      refusedAs('NOT_TRUSTED'),
    );
  });

  it('others where it is allowed, but none with a signature that does not fit', () => {
    assert.equal(requireApproval(packed(parseManifest(BARE)), new Set(), true).approved, false);
    assert.equal(requireApproval(signed(), new Set(), true).approved, false);
    const changed = signed(manifest => ({ ...manifest, capabilities: ['mint'] }));
    assert.throws(() => requireApproval(changed, new Set(), true), refusedAs('BAD_SIGNATURE'));
  });
});

describe('what is announced for a plugin', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'announce-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** What the node is asked for, where this is known to its chain. */
  async function asked(plugin: Package, known: readonly object[], mintCap?: bigint) {
    const heard: InstallConsensusParameters[] = [];
    const client = {
      listConsensus: async () => known,
      installConsensus: async (parameters: InstallConsensusParameters) => {
        heard.push(parameters);
        return { id: parameters.id, activeFrom: 1 };
      },
    } as unknown as Client;
    const wishes = { id: undefined, from: undefined, params: undefined, mintCap };
    const { isUpgrade } = await announce(client, root, plugin, wishes);
    return { isUpgrade, ...heard[0] };
  }

  it('is the mint cap of what it replaces, unless another is wanted or it mints no more', async () => {
    const minting = packed(parseManifest(`capabilities = ["mint"]\n${BARE}`));
    const known = [{ id: 4, name: 'mesh', status: 'active', mintCap: 700n }];
    assert.equal((await asked(minting, known)).mintCap, 700n);
    assert.equal((await asked(minting, known, 5n)).mintCap, 5n);
    assert.equal((await asked(packed(parseManifest(BARE)), known)).mintCap, undefined);
    assert.equal((await asked(minting, [])).mintCap, undefined);
  });

  it('is an upgrade of what is in force, not of what waits', async () => {
    const plugin = packed(parseManifest(BARE));
    const entry = { id: 4, name: 'mesh', mintCap: 0n };
    const of = async (status: string) => (await asked(plugin, [{ ...entry, status }])).isUpgrade;
    assert.deepEqual([await of('active'), await of('missing'), await of('pending')], [true, true, false]);
  });
});

describe('the id of a plugin that is installed', () => {
  const known = (...entries: [number, string][]) => entries.map(([id, name]) => ({ id, name }));

  it('is that of its name, else the lowest free one', () => {
    assert.equal(idFor('mesh', known([0, 'consensus-0'], [1, 'other'], [3, 'third'])), 2);
    assert.equal(idFor('mesh', known([0, 'consensus-0'], [7, 'mesh'])), 7);
    assert.equal(idFor('mesh', []), 0);
  });

  it('must be said where several ids have that name', () => {
    assert.throws(() => idFor('mesh', known([4, 'mesh'], [7, 'mesh'])), /4 and 7/);
  });

  it('tells where it stands: announced, in force, or given up', () => {
    const plugin = packed(parseManifest(BARE));
    const entry = (fields: Partial<Standing>): Standing[] => [
      { id: 7, codeHash: '0x00', status: 'active', upgrade: null, ...fields },
    ];
    const own = codeHash(code);
    assert.equal(stageOf(plugin, 7, entry({ codeHash: own, status: 'pending' })), 'pending');
    assert.equal(stageOf(plugin, 7, entry({ codeHash: own, status: 'active' })), 'active');
    // The node asked may lack the code of what is in force: that is in force all the same.
    assert.equal(stageOf(plugin, 7, entry({ codeHash: own, status: 'missing' })), 'active');
    assert.equal(stageOf(plugin, 7, entry({ status: 'draining', upgrade: { codeHash: own } })), 'pending');
    assert.equal(stageOf(plugin, 7, entry({ status: 'active' })), 'gone');
    assert.equal(stageOf(plugin, 7, []), 'gone');
  });
});
