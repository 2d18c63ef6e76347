import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { keyPairFromUri } from '../../../chain/index.ts';
import { createClient } from '../../../node/client/index.ts';
import type { PluginNotice } from '../../../node/client/wirePlugins.ts';
import { parseManifest, signManifest } from '../../../node/package/index.ts';
import { startRpc } from '../../../node/rpc/index.ts';
import { silentLog } from '../support/log.ts';
import { type Hosted, install, manifestOf, type Written, withHost } from './support.ts';

const idle = 'export default { start() {} };';
const plugin = (name: string, more: Partial<Written> = {}): Written => ({ name, code: idle, ...more });
const needs = (name: string, on: string, kind = 'dependencies'): Written =>
  plugin(name, { tables: `[${kind}]\n${on} = ">=1.0.0"` });

/** Resolves when this plugin has this state. */
async function reaches(hosted: Hosted, name: string, state: string): Promise<void> {
  while (hosted.list().find(one => one.name === name)?.state !== state)
    await new Promise(go => setTimeout(go, 10));
}
const notices = ({ node }: Hosted): string[] => {
  const seen: string[] = [];
  node.plugins().loaded.listen(({ kind, module_name }) => seen.push(`${kind} ${module_name}`));
  return seen;
};

/** A manifest that a maintainer signed. */
function signedBy(written: Written, threshold: string, uris: readonly string[], signers = uris) {
  const pairs = uris.map(uri => keyPairFromUri(uri));
  const rows = (signature: (uri: string) => string): string =>
    pairs
      .map(({ account }, at) => {
        const uri = uris[at] ?? '';
        const made = signers.includes(uri) ? signature(uri) : '';
        return `  { name = "${uri.slice(2).toLowerCase()}", public_key = "${account}"${made} },`;
      })
      .join('\n');
  const table = (signature: (uri: string) => string): string =>
    `[signatures]\nthreshold = "${threshold}"\nmaintainers = [\n${rows(signature)}\n]`;
  const bare = parseManifest(manifestOf({ ...written, tables: table(() => '') }));
  const signature = (uri: string): string => `, signature = "${signManifest(bare, keyPairFromUri(uri))}"`;
  return { ...written, tables: table(signature) };
}

describe('which plugins a node takes', () => {
  const trusted = ['//Alice', '//Bob'].map(uri => keyPairFromUri(uri).address);
  const refuses =
    (written: Written, says: RegExp, options: object = {}) =>
    async () =>
      withHost({ plugins: [written, plugin('neighbour')], options }, async hosted => {
        while (hosted.list().length < 2) await new Promise(go => setTimeout(go, 10));
        await reaches(hosted, 'neighbour', 'running');
        const { state, reason } = hosted.plugin(written.name);
        assert.equal(state, 'refused');
        assert.match(reason ?? '', says);
        const line = hosted.heard.lines.find(({ message }) => message === 'a plugin is refused');
        assert.equal(line?.plugin, written.name);
      });
  const allowing = { unsigned: 'allow' } as const;

  it(
    'not one that asks to be paid',
    refuses(
      plugin('paid', {
        tables: `[payment]\nrequired = true\nprice = "5"\nauthor = "${keyPairFromUri('//Alice').address}"`,
      }),
      /^PAYMENT_REQUIRED: paid 1\.0\.0 asks for 5 base units/,
    ),
  );
  it(
    'not one that asks for an isolation that no service has',
    refuses(
      plugin('careful', { top: 'isolation = "T3"' }),
      /^TIER_UNFIT: plugin careful@1\.0\.0 asks for T3 \(isolation = "T3"\), and a service runs in T1 or T2/,
    ),
  );
  it(
    'not a service with a capability of consensus modules',
    refuses(
      plugin('greedy', { capabilities: ['mint'] }),
      /^CAPABILITY_UNFIT: greedy 1\.0\.0 is a service and asks for mint/,
    ),
  );
  it('not one without what it needs, nor of another version', async () => {
    await refuses(needs('lonely', 'friend'), /^MISSING_DEPENDENCY: lonely 1\.0\.0 needs friend/)();
    await refuses(
      plugin('modern', { tables: '[dependencies]\nneighbour = ">=2.0.0"' }),
      /^DEPENDENCY_VERSION: modern 1\.0\.0 needs neighbour >=2\.0\.0, and neighbour 1\.0\.0 is here/,
    )();
  });
  it('not one whose settings are unknown or of another type', async () => {
    const tables = '[config_schema]\nevery = { description = "Blocks", type = "integer", default = 5 }';
    const written = plugin('set', { tables });
    await refuses(written, /^BAD_CONFIG: plugin set has no setting evry/, {
      settings: { set: { evry: 1 } },
    })();
    await refuses(written, /^BAD_CONFIG: .*every is not integer/, { settings: { set: { every: 'x' } } })();
  });
  it('not one whose signature does not fit, whatever is allowed', async () => {
    const good = signedBy(plugin('forged'), '1-of-1', ['//Alice']);
    // Another first byte, whichever it is.
    const other = (_: string, byte: string) => `signature = "0x01${byte === '00' ? '01' : '00'}`;
    const tables = good.tables?.replace(/signature = "0x01(..)/, other) ?? '';
    assert.notEqual(tables, good.tables);
    await refuses({ ...good, tables }, /^BAD_SIGNATURE/, allowing)();
  });
  it('nor an unsigned or untrusted one, where the operator refuses them', async () => {
    const options = { unsigned: 'refuse', trusted } as const;
    await withHost(
      {
        plugins: [
          plugin('unsigned'),
          signedBy(plugin('stranger'), '1-of-1', ['//Eve']),
          signedBy(plugin('half'), '2-of-2', ['//Alice', '//Bob'], ['//Alice']),
          signedBy(plugin('whole'), '2-of-3', ['//Alice', '//Bob', '//Eve'], ['//Alice', '//Bob']),
        ],
        options,
      },
      async hosted => {
        while (hosted.list().length < 4) await new Promise(go => setTimeout(go, 10));
        await reaches(hosted, 'whole', 'running');
        assert.match(hosted.plugin('unsigned').reason ?? '', /^UNSIGNED: .*nobody signed it/);
        assert.match(hosted.plugin('stranger').reason ?? '', /0 of 1 .*\(signed by eve\)/);
        assert.match(hosted.plugin('half').reason ?? '', /1 of 2 signatures/);
        assert.deepEqual(hosted.plugin('whole').trusted, ['alice', 'bob']);
      },
    );
  });
  it('nor one whose code is not what its manifest commits to, even after it was loaded', () =>
    withHost({ plugins: [plugin('changed')] }, async hosted => {
      await reaches(hosted, 'changed', 'running');
      await writeFile(join(hosted.root, 'changed', 'index.js'), `${idle} // and more`);
      await hosted.node.plugins().reload();
      assert.match(hosted.plugin('changed').reason ?? '', /^CODE_MISMATCH/);
      assert.equal(hosted.node.plugins().loaded.has('changed'), false);
    }));
});

describe('the life of plugins', () => {
  it('goes along dependencies: loaded after, unloaded before, and blocked without', () =>
    withHost(
      {
        plugins: [
          needs('alpha', 'beta'),
          needs('beta', 'gamma'),
          plugin('gamma'),
          needs('delta', 'absent', 'optional_dependencies'),
        ],
      },
      async hosted => {
        const seen = notices(hosted);
        await reaches(hosted, 'alpha', 'running');
        await reaches(hosted, 'delta', 'running');
        assert.deepEqual(
          seen.filter(line => !line.endsWith('delta')),
          ['ModuleLoaded gamma', 'ModuleLoaded beta', 'ModuleLoaded alpha'],
        );
        seen.length = 0;
        await rm(join(hosted.root, 'gamma'), { recursive: true });
        await hosted.node.plugins().reload();
        assert.deepEqual(seen, ['ModuleUnloaded alpha', 'ModuleUnloaded beta', 'ModuleUnloaded gamma']);
        assert.match(hosted.plugin('beta').reason ?? '', /^MISSING_DEPENDENCY/);
        // Put back, it is found without a command.
        await install(hosted.root, plugin('gamma'));
        await reaches(hosted, 'alpha', 'running');
      },
    ));

  it('ends with what it depends on in quarantine, and begins again with it', () =>
    withHost(
      {
        plugins: [
          needs('dependent', 'fragile'),
          plugin('fragile', {
            capabilities: ['communication'],
            code: `import { existsSync } from 'node:fs';
                   export default { start(api) { console.log('data ' + api.directory); if (existsSync(api.directory + '/broken')) process.exit(1); } };`,
          }),
        ],
      },
      async hosted => {
        await reaches(hosted, 'dependent', 'running');
        const data = (await hosted.heard.printed('data ')).slice('data '.length);
        await writeFile(join(data, 'broken'), '');
        await install(
          hosted.root,
          plugin('fragile', { version: '1.0.1', code: await codeOf(hosted, 'fragile') }),
        );
        await reaches(hosted, 'fragile', 'quarantined');
        await reaches(hosted, 'dependent', 'blocked');
        assert.match(hosted.plugin('dependent').reason ?? '', /it needs fragile, which does not run/);
        await rm(join(data, 'broken'));
        await hosted.node.plugins().release('fragile');
        await reaches(hosted, 'dependent', 'running');
      },
    ));

  it('begins anew by command, with what depends on it; not from quarantine', () =>
    withHost(
      {
        plugins: [
          needs('dependent', 'middle'),
          plugin('middle'),
          plugin('aside'),
          plugin('fragile', { code: 'export default { start() { process.exit(1); } };' }),
        ],
      },
      async hosted => {
        await reaches(hosted, 'dependent', 'running');
        await reaches(hosted, 'aside', 'running');
        await reaches(hosted, 'fragile', 'quarantined');
        const seen = notices(hosted);
        await hosted.node.plugins().reload('middle');
        assert.deepEqual(seen, [
          'ModuleUnloaded dependent',
          'ModuleUnloaded middle',
          'ModuleLoaded middle',
          'ModuleLoaded dependent',
        ]);
        assert.equal(hosted.plugin('middle').restarts, 1);
        assert.equal(hosted.plugin('aside').restarts, 0);
        await assert.rejects(hosted.node.plugins().reload('fragile'), { code: 'QUARANTINED' });
        await assert.rejects(hosted.node.plugins().reload('nobody'), { code: 'UNKNOWN_PLUGIN' });
      },
    ));

  it('is told to a late subscriber from its beginning, by RPC too, and to plugins', () =>
    withHost(
      {
        plugins: [
          plugin('early'),
          plugin('listener', {
            capabilities: ['subscribe_events'],
            tables: '[dependencies]\nearly = ">=1.0.0"',
            code: `export default { start: api => api.subscribe('plugin', notice => console.log('heard ' + JSON.stringify(notice))) };`,
          }),
        ],
      },
      async hosted => {
        await reaches(hosted, 'listener', 'running');
        const first = JSON.parse((await hosted.heard.printed('heard')).slice('heard '.length));
        assert.deepEqual(first, {
          kind: 'ModuleLoaded',
          module_id: hosted.plugin('early').codeHash,
          module_name: 'early',
          version: '1.0.0',
        });
        const rpc = await startRpc(hosted.node, { host: '127.0.0.1', port: 0, log: silentLog });
        const socket = new WebSocket(rpc.url.replace('http', 'ws'));
        const messages: { result?: string; params?: { subscription: string; result: PluginNotice } }[] = [];
        const until = async (count: number): Promise<void> => {
          while (messages.length < count) await new Promise(go => setTimeout(go, 10));
        };
        socket.onmessage = ({ data }) => messages.push(JSON.parse(String(data)));
        await new Promise(resolve => {
          socket.onopen = () => resolve(undefined);
        });
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'plugin_subscribe', params: {} }));
        await until(3);
        const [answer, ...replayed] = messages;
        assert.deepEqual(
          replayed.map(({ params }) => [params?.subscription, params?.result.module_name]),
          [
            [answer?.result, 'early'],
            [answer?.result, 'listener'],
          ],
        );
        await rm(join(hosted.root, 'listener'), { recursive: true });
        await until(4);
        assert.deepEqual(messages[3]?.params?.result, {
          kind: 'ModuleUnloaded',
          module_id: messages[2]?.params?.result.module_id,
          module_name: 'listener',
        });
        const client = createClient(rpc.url);
        const [listed] = await client.request('plugin_list', {});
        assert.equal(listed?.name, 'early');
        client.close();
        socket.close();
        await rpc.close();
      },
    ));

  it('keeps settings, key and data over a new version, and runs a copy that nobody else writes', () =>
    withHost(
      {
        plugins: [
          plugin('kept', {
            tables:
              '[config_schema]\nevery = { description = "Blocks", type = "integer", default = 5 }\nword = "A word"',
            code: `export default { start(api) { console.log('first ' + JSON.stringify(api.settings) + ' ' + api.address); } };`,
          }),
        ],
        options: { settings: { kept: { word: 'hello' }, nobody: { a: 1 } } },
      },
      async hosted => {
        const line = await hosted.heard.printed('first');
        assert.match(line, /^first \{"every":5,"word":"hello"\} 5/);
        const { address } = hosted.plugin('kept');
        const code = `export default { start(api) { console.log('second ' + api.address + ' ' + import.meta.url); } };`;
        await install(
          hosted.root,
          plugin('kept', { version: '1.1.0', code, tables: '[config_schema]\nword = "A word"' }),
        );
        const [, again, url] = (await hosted.heard.printed('second')).split(' ');
        assert.equal(again, address);
        assert.match(url ?? '', /plugins\/code\/[0-9a-f]{64}\.mjs/);
        const file = new URL((url ?? '').replace(/\?.*$/, ''));
        assert.equal((await stat(file)).mode & 0o077, 0);
        assert.equal(await readFile(file, 'utf8'), code);
        assert.ok(
          hosted.heard.lines.some(
            ({ plugin: name, message }) => name === 'nobody' && message.includes('settings'),
          ),
        );
        await hosted.heard.until(({ message }) => message === 'an unsigned plugin is allowed on this node');
      },
    ));

  it('is measured: memory and CPU where the system tells, in the list and in the metrics', () =>
    withHost({ plugins: [plugin('measured')] }, async hosted => {
      await reaches(hosted, 'measured', 'running');
      if (process.platform === 'linux') {
        while (hosted.plugin('measured').memory === null) await new Promise(go => setTimeout(go, 10));
        assert.ok((hosted.plugin('measured').memory ?? 0) > 10_000_000);
        assert.ok((hosted.plugin('measured').cpu ?? 0) > 0);
      }
      const metrics = await hosted.node.metrics();
      assert.match(metrics, /devnet_plugin_hosted_running\{plugin="measured",node="node-0"\} 1/);
      assert.match(metrics, /devnet_plugin_hosted_restarts\{plugin="measured",node="node-0"\} 0/);
    }));
});

const codeOf = ({ root }: Hosted, name: string): Promise<string> =>
  readFile(join(root, name, 'index.js'), 'utf8');
