import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { bundleDashboard } from '../../../devnet/dashboard/bundle.js';
import { type Door, gatewayDoor } from '../../rpc/doors.ts';
import { ask, post } from '../../rpc/support.ts';

const MOST_BYTES = 150 * 1024;
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the files of the dashboard', () => {
  let door: Door;
  before(async () => {
    door = await gatewayDoor();
  });
  after(() => door.close());

  it('weigh less than 150 KB, gzipped', async () => {
    const files = [...(await bundleDashboard()).values()];
    const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
    assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
  });

  it('name no other place: the page works without a network', async () => {
    for (const [name, bytes] of await bundleDashboard()) {
      const text = Buffer.from(bytes).toString();
      const places = [...text.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}[^\s"'`)]*/gi)].map(
        ([url]) => url,
      );
      // Names of XML namespaces and, in a text for people, of what went wrong in a program that uses Preact.
      assert.deepEqual(
        places.filter(url => !url.startsWith('http://www.w3.org/')),
        [],
        name,
      );
    }
  });

  it('are there for browsers; programs that ask for the same path get the answer of the node', async () => {
    const page = await fetch(door.url, { headers: HTML });
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.match(await page.text(), /<div id="app">/);
    const program = await fetch(door.url);
    assert.doesNotMatch(await program.text(), /id="app"/);
    const posted = await ask(door.url, 'chain_head', {}, HTML);
    assert.ok(posted.result, 'a POST is a request whatever it accepts');
  });

  it('come with a policy that lets in nothing foreign', async () => {
    for (const path of ['', 'dashboard/app.js', 'dashboard/style.css', 'dashboard/icon.svg']) {
      const { headers, status } = await fetch(`${door.url}/${path}`, { headers: HTML });
      assert.equal(status, 200, path);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        'trusted-types',
      ])
        assert.ok(policy.includes(part), `${path}: ${part}`);
      assert.doesNotMatch(policy, /unsafe|\*|http/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
  });

  it('are fetched again only when they changed', async () => {
    const url = `${door.url}/dashboard/app.js`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    assert.equal((await fetch(url, { headers: { 'if-none-match': etag } })).status, 304);
    assert.equal((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status, 200);
    const asked = await fetch(url, { method: 'HEAD' });
    assert.equal(asked.headers.get('content-length'), String((await first.arrayBuffer()).byteLength));
  });

  it('are these and no others', async () => {
    for (const path of ['dashboard/', 'dashboard/none.js', 'dashboard/..%2fcli.js', 'dashboard/main.tsx'])
      assert.equal((await fetch(`${door.url}/${path}`, { headers: HTML })).status, 404, path);
  });
});

describe('the way to one node through the gateway', () => {
  let door: Door;
  before(async () => {
    door = await gatewayDoor();
  });
  after(() => door.close());

  it('leads to the RPC of that node', async () => {
    const { result } = await ask(`${door.url}/nodes/0`, 'node_info');
    assert.deepEqual(result, (await ask(`http://127.0.0.1:${door.served.rpc.port}`, 'node_info')).result);
  });

  it('knows nothing of the processes: the node says what it does not know', async () => {
    const { error } = await ask(`${door.url}/nodes/0`, 'dev_nodeKill', { node: 0 });
    assert.equal(error?.code, -32601);
    assert.deepEqual(door.calls, []);
  });

  it('ends in a named error where no such node runs', async () => {
    const { error } = await ask(`${door.url}/nodes/3`, 'node_info');
    assert.equal(error?.data.name, 'NO_NODE');
  });

  it('carries the origin of the page on: foreign ones may not use dev_ methods there', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'dev_mine', params: {} });
    const { text } = await post(`${door.url}/nodes/0`, body, { origin: 'https://evil.example' });
    assert.match(text, /FORBIDDEN_ORIGIN/);
  });
});
