import assert from 'node:assert/strict';
import {
  agreementText,
  pluginsOnChain,
  tiersText,
  troubles,
  viewsOf,
} from '../../devnet/plugins/agreement.ts';
import type { PluginJson } from '../../node/client/wirePlugins.ts';

type Answers = Extract<Parameters<typeof viewsOf>[2][number], { ok: true }>['value'];
type Entry = Answers['consensus'][number];

describe('who has the code that the chain names', () => {
  const entry = (fields: Partial<Entry> = {}): Entry => ({
    id: 1,
    name: 'mesh',
    version: '1.0.0',
    codeHash: '0x01',
    kind: 'plugin',
    status: 'active',
    activeFrom: 3,
    hasCode: true,
    upgrade: null,
    ...fields,
  });
  const upgrade = { version: '1.1.0', stateVersion: 1, codeHash: '0x02', activeFrom: 9 } as const;
  const plugin = (fields: Partial<PluginJson> = {}): PluginJson => ({
    name: 'mesh',
    version: '1.0.0',
    provides: 'consensus',
    codeHash: '0x01',
    signers: [],
    trusted: [],
    capabilities: [],
    tier: 'T1',
    state: 'running',
    reason: null,
    address: null,
    restarts: 0,
    errors: 0,
    lastError: null,
    memory: null,
    cpu: null,
    ...fields,
  });
  const told = (consensus: readonly Entry[], plugins: readonly PluginJson[] = []) =>
    ({ ok: true, value: { consensus, plugins } }) as const;
  const views = (chain: readonly Entry[], ...nodes: (ReturnType<typeof told> | string)[]) =>
    viewsOf(
      'mesh',
      pluginsOnChain(chain),
      nodes.map((node, index) =>
        typeof node === 'string' ? { index, ok: false, reason: node, cause: null } : { index, ...node },
      ),
    );
  const agreed = (chain: readonly Entry[], ...nodes: Parameters<typeof views>[1][]) =>
    views(chain, ...nodes).map(({ code }) => code.map(({ agreement }) => agreement));

  it('is told of what is in force: the same, none, or other code', () => {
    const chain = [entry()];
    assert.deepEqual(
      agreed(
        chain,
        told(chain),
        told([entry({ status: 'missing' })]),
        told([entry({ codeHash: '0x09' })]),
        told([]),
      ),
      [['same'], ['missing'], ['other'], ['other']],
    );
  });

  it('is told of what is announced, which a node may have or not', () => {
    const chain = [entry({ upgrade })];
    assert.deepEqual(
      agreed(chain, told(chain), told([entry({ upgrade, hasCode: false })]), told([entry()])),
      // In force, and to come.
      [
        ['same', 'same'],
        ['same', 'missing'],
        ['same', 'other'],
      ],
    );
    const pending = [entry({ status: 'pending' })];
    assert.deepEqual(agreed(pending, told(pending), told([entry({ status: 'pending', hasCode: false })])), [
      ['same'],
      ['missing'],
    ]);
    // One node is ahead: there it is in force.
    assert.deepEqual(agreed(pending, told([entry()])), [['same']]);
  });

  it('leaves out what comes with devnet', () =>
    assert.deepEqual(pluginsOnChain([entry({ kind: 'builtin' })]), []));

  it('is one cell for people: a number, or the nodes that differ', () => {
    const chain = [entry()];
    assert.equal(agreementText(views(chain, told(chain), told(chain))), '2 same');
    assert.equal(
      agreementText(views(chain, told(chain), told([entry({ status: 'missing' })]), 'fetch failed')),
      'node 1: missing (id 1); node 2: silent',
    );
    assert.equal(agreementText(views([], told([]))), '');
  });

  it('is about the process of what is in force, with its isolation', () => {
    const chain = [entry({ upgrade })];
    const old = plugin({ codeHash: '0x01', tier: 'T2', restarts: 1 });
    const next = plugin({ codeHash: '0x02', version: '1.1.0', state: 'available', tier: 'T1' });
    const [view] = views(chain, told(chain, [next, old]));
    assert.deepEqual([view?.process?.state, view?.process?.restarts], ['running', 1]);
    assert.equal(tiersText(views(chain, told(chain, [next, old]), told(chain, [old]))), 'T2');
    assert.equal(tiersText(views(chain, 'fetch failed')), '');
  });

  it('names processes that need somebody, and no others', () => {
    const chain = [entry()];
    const put = (fields: Partial<PluginJson>) =>
      told(chain, [plugin({ codeHash: '0x08', state: 'available' }), plugin(fields)]);
    assert.deepEqual(troubles('mesh', views(chain, put({}))), []);
    const [quarantined, restarted, silent] = troubles(
      'mesh',
      views(
        chain,
        put({ state: 'quarantined', reason: '5 crashes' }),
        put({ restarts: 2, lastError: 'it hung' }),
        'fetch failed',
      ),
    );
    assert.equal(
      quarantined,
      'node 0: mesh is quarantined (5 crashes); devnet plugin release mesh ends that',
    );
    assert.equal(restarted, 'node 1: mesh is running, started 2 times again; last error: it hung');
    assert.equal(silent, 'node 2 does not answer: fetch failed');
  });
});
