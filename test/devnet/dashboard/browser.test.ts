import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { alice, bob, signed, transfer, untilFinal, untilHeight } from '../../node/support/cluster.ts';
import { type Economy, makeEconomy } from './economy.ts';
import { type Before, withDashboard } from './support.ts';

/** Resolves when the element says so; Chromium looks at each change. */
const says = (page: Page, name: string, text: string | RegExp): Promise<void> =>
  page.locator(`[data-test="${name}"]`).filter({ hasText: text }).first().waitFor();

const head = ({ cluster }: Before): number => cluster.node(0).head().header.height;

describe('the dashboard in a browser', function () {
  this.timeout(60_000);

  it('shows and moves a devnet', async function () {
    await withDashboard(this, async before => {
      const economy = await makeEconomy(before.cluster.node(0));
      await showsMoney(before, economy);
      await showsAndMovesTime(before, economy);
      await showsBlocks(before, economy);
      await showsNodes(before);
      await movesNetwork(before);
      await showsPlugins(before);
      await asksFromConsole(before);
      await isTextOnly(before);
      await fitsEveryScreen(before);
      await comesBack(before);
    });
  });
});

async function showsMoney(before: Before, { settled }: Economy): Promise<void> {
  const page = await before.open('#/accounts');
  const row = page.locator('[data-test="accounts"] tr').filter({ hasText: 'alice' });
  // One token set aside for calls, of which 7 units are spent.
  await row.filter({ hasText: '0.999999993' }).waitFor();
  await row.getByRole('link').click();
  await page.getByRole('heading', { name: 'alice', exact: true }).waitFor();
  await page.getByRole('link', { name: 'parent', exact: true }).waitFor();

  await page.keyboard.press('3');
  const tree = page.getByRole('img', { name: 'links of parent' });
  await tree.filter({ hasText: '30\u202f%' }).filter({ hasText: 'keeps 70\u202f%' }).waitFor();
  await tree.getByRole('link', { name: /^helper/ }).click();
  await page.getByRole('heading', { name: 'helper', exact: true }).waitFor();

  await page.goto(`${before.url}/#/settlement/0/${settled}`);
  await says(page, 'balance', /^0\.000000007 in = 0\.000000007 earned$/);
  const earner = (name: string) => page.locator('[data-test="earners"] tr').filter({ hasText: name }).first();
  await earner('parent').filter({ hasText: '0.000000007 for its own calls, less 0.000000002' }).waitFor();
  await earner('helper').filter({ hasText: '0.000000002 as 30\u202f% of parent' }).waitFor();
  assert.equal(await page.locator('.flow .band').count(), 4);
  await page.close();
}

async function showsAndMovesTime(before: Before, { nonce }: Economy): Promise<void> {
  const { cluster } = before;
  const page = await before.open('#/');
  await says(page, 'connection', 'live');
  await page.getByRole('button', { name: 'Pause' }).click();
  await says(page, 'said', 'Paused');
  const start = head(before);
  await page.getByRole('button', { name: 'Step' }).click();
  await says(page, 'said', `Block ${start + 1} is final`);
  await says(page, 'height', String(start + 1));
  assert.equal(head(before), start + 1);

  // By key, and not while somebody writes.
  await page.getByLabel('Search').fill('s');
  await page.getByLabel('Search').fill('');
  await page.locator('#content').focus();
  await page.keyboard.press('s');
  await says(page, 'said', `Block ${start + 2} is final`);
  const { epoch } = before.cluster.node(0).head().header;
  await page.keyboard.press('e');
  await says(page, 'said', `Epoch ${epoch + 1} has begun`);
  await says(page, 'progress', /^1 of 10 blocks$/);

  // Blocks that come by themselves arrive over the WebSocket.
  await page.getByRole('button', { name: 'Run' }).click();
  await says(page, 'said', 'Running');
  const hash = await cluster.node(0).submit(signed(alice, nonce(alice), transfer(bob, 5n)));
  const { height } = (await untilFinal(cluster.node(0), hash)) as { height: number };
  await page.getByRole('link', { name: String(height), exact: true }).click();
  await page.getByRole('heading', { name: `Block ${height}`, exact: true }).waitFor();
  await page.getByText('1 transaction', { exact: true }).waitFor();
  await page.locator('.transaction').filter({ hasText: 'transfer' }).filter({ hasText: 'ok' }).waitFor();
  assert.equal(new URL(page.url()).hash, `#/block/${height}`);
  await page.close();
}

async function showsBlocks(before: Before, { nonce }: Economy): Promise<void> {
  const { cluster } = before;
  const node = cluster.node(0);
  const hash = await node.submit(signed(alice, nonce(alice) + 1, transfer(bob, 7n)));
  const { height } = (await untilFinal(node, hash)) as { height: number };
  const page = await before.open(`#/transaction/${hash}`);
  await page.getByRole('link', { name: String(height), exact: true }).click();
  await page.getByRole('heading', { name: `Block ${height}`, exact: true }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('heading', { name: `Block ${height - 1}`, exact: true }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(hash);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Transaction', exact: true }).waitFor();
  // A height that is to come is shown once it is there.
  const next = head(before) + 2;
  await page.keyboard.press('/');
  await page.keyboard.type(String(next));
  await page.keyboard.press('Enter');
  await untilHeight(node, next);
  await page.getByRole('heading', { name: `Block ${next}`, exact: true }).waitFor();
  await page.close();
}

async function showsNodes(before: Before): Promise<void> {
  const page = await before.open('#/');
  for (const index of [0, 1]) await says(page, `node-${index}`, 'running');
  before.setState(1, 'paused');
  await says(page, 'node-1', 'paused');
  before.setState(1, 'running');
  await says(page, 'node-1', /running\d+/);
  await page.close();
}

async function movesNetwork(before: Before): Promise<void> {
  const page = await before.open('#/network');
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  await says(page, 'faults', 'Nothing is wrong.');
  await press('Kill node 1');
  await says(page, 'said', 'Node 1 is killed');
  await page.getByRole('checkbox', { name: '1' }).check();
  await press('Part');
  await says(page, 'said', 'Parted: 0 | 1');
  await page.getByLabel('Delay', { exact: true }).first().fill('120');
  await press('Delay');
  await says(page, 'said', 'Messages take 120 ms');
  await press('Lose');
  await says(page, 'said', '10 of a hundred');
  await press('Heal');
  await says(page, 'said', 'ended');
  assert.deepEqual(before.calls, [
    'kill [1]',
    'partition [[[0],[1]]]',
    'latency [{"ms":120,"jitter":0}]',
    'loss [{"percent":10}]',
    'heal []',
  ]);

  before.setState(1, 'paused');
  before.setFaults({ groups: [[0], [1]], latency: [{ between: [0, 1], ms: 30, jitter: 5 }] });
  await says(page, 'faults', '30 ms, up to 5 ms more, between 0 and 1');
  await page.locator('.network .way.cut').waitFor({ state: 'attached' });
  await press('Resume node 1');
  await says(page, 'said', 'Node 1 goes on');
  before.setState(1, 'running');
  before.setFaults({ groups: [], latency: [] });
  await says(page, 'faults', 'Nothing is wrong.');
  await page.close();
}

async function showsPlugins(before: Before): Promise<void> {
  const page = await before.open('#/plugins');
  const row = page.locator('[data-test="mechanisms"] tr').filter({ hasText: 'consensus-0 1.0.0' });
  await row.filter({ hasText: 'move reserves' }).filter({ hasText: '2 the same' }).waitFor();
  await page.close();
}

async function asksFromConsole(before: Before): Promise<void> {
  const page = await before.open('#/console/chain_getBlock');
  await page.getByLabel('Parameters as JSON').fill('{ "block": 2 }');
  await page.getByRole('button', { name: 'Send' }).click();
  const block = await before.cluster.node(0).block(2);
  await says(page, 'reply', block?.hash ?? 'no block');
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page
    .locator('.written')
    .filter({ hasText: `curl -s ${before.url} ` })
    .waitFor();
  await page.getByLabel('Parameters as JSON').fill('{');
  await page.getByRole('button', { name: 'Send' }).click();
  await says(page, 'said', 'Parameters are JSON');
  await page.getByLabel('Method').selectOption('dev_partition');
  await page.getByText('Cuts all links between groups of nodes').waitFor();
  await page.close();
}

/** The page shows what stands in its address, and an alert would be a script that ran. */
async function isTextOnly(before: Before): Promise<void> {
  const page = await before.open('');
  page.on('dialog', () => assert.fail('a script of a stranger ran'));
  await page.goto(`${before.url}/#/${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
  await page.getByText('<img src=x onerror=alert(1)>').waitFor();
  assert.equal(await page.locator('main img').count(), 0);
  const told = page.waitForEvent('console');
  const refused = await page.evaluate(
    `try { document.body.innerHTML = '<b>html</b>'; 'taken' } catch (error) { error.name }`,
  );
  assert.equal(refused, 'TypeError', 'the browser itself refuses HTML from texts');
  await told;
  assert.equal(before.wrong.splice(0).length, 1);
  await page.close();
}

async function fitsEveryScreen(before: Before): Promise<void> {
  const page = await before.open('#/');
  await says(page, 'connection', 'live');
  const ofPage = <T>(script: string): Promise<T> => page.evaluate<T>(script);
  const backgrounds = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    backgrounds.add(await ofPage('getComputedStyle(document.body).backgroundColor'));
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 800 });
      for (const [path, title] of SCREENS) {
        await ofPage(`location.hash = '${path}'`);
        await page.getByRole('heading', { name: title, exact: true }).waitFor();
        const wide = await ofPage<number>('document.documentElement.scrollWidth');
        assert.ok(wide <= width, `${path} is ${wide} wide on ${width}`);
      }
    }
  }
  assert.equal(backgrounds.size, 2);
  // From here on by choice, whatever the system says.
  for (const wanted of ['light', 'dark']) {
    await page.keyboard.press('t');
    assert.equal(await ofPage('getComputedStyle(document.documentElement).colorScheme'), wanted);
  }
  await page.close();
}

const SCREENS: readonly (readonly [path: string, title: string])[] = [
  ['#/', 'Blocks'],
  ['#/block/3', 'Block 3'],
  [`#/transaction/0x${'0'.repeat(64)}`, 'Transaction'],
  ['#/accounts', 'Accounts'],
  [`#/account/${alice.address}`, 'alice'],
  ['#/modules', 'Links'],
  ['#/module/0', 'parent'],
  ['#/settlement/0/2', 'Settlement of epoch 2'],
  ['#/network', 'Network'],
  ['#/plugins', 'Consensus modules'],
  ['#/console', 'Console'],
];

/** The node behind the WebSocket goes away: the page finds the other one and goes on. */
async function comesBack(before: Before): Promise<void> {
  const page = await before.open('#/');
  await says(page, 'connection', 'live');
  before.setState(0, 'killed');
  await says(page, 'connection', 'no connection');
  await says(page, 'connection', 'live');
  await untilHeight(before.cluster.node(1), head(before) + 1);
  await says(page, 'height', String(before.cluster.node(1).head().header.height));
  await page.close();
}
