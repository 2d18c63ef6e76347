import assert from 'node:assert/strict';
import { alice, bob, signed, transfer, untilFinal, untilHeight } from '../../node/support/cluster.ts';
import { type Economy, makeEconomy } from './economy.ts';
import { showsMoney, showsReceipts } from './money.ts';
import { movesNetwork, movesNodes } from './moving.ts';
import { goesBack, showsLogs, usesPowers } from './powers.ts';
import { type Before, head, says, withDashboard } from './support.ts';

describe('the dashboard in a browser', function () {
  this.timeout(120_000);

  it('shows and moves a devnet', async function () {
    await withDashboard(this, async before => {
      const economy = await makeEconomy(before.cluster.node(0));
      await losesNoBlock(before);
      await showsMoney(before, economy);
      await showsReceipts(before, economy);
      await showsAndMovesTime(before, economy);
      await showsBlocks(before, economy);
      await showsNodes(before);
      await movesNetwork(before);
      await movesNodes(before);
      await usesPowers(before);
      await goesBack(before);
      await showsLogs(before);
      await showsPlugins(before);
      await asksFromConsole(before);
      await isTextOnly(before);
      await fitsEveryScreen(before);
      await comesBack(before);
    });
  });
});

/** A block that comes while the page asks for the head must not fall between the answer and the news. */
async function losesNoBlock(before: Before): Promise<void> {
  const { dev } = before.cluster.node(0);
  assert.ok(dev);
  let isSubscribed = false;
  let made = 0;
  const page = await before.open('#/', async fresh => {
    fresh.on('websocket', socket =>
      socket.on('framesent', ({ payload }) => {
        isSubscribed ||= String(payload).includes('chain_subscribe');
      }),
    );
    await fresh.route(`${before.url}/`, async route => {
      if (made > 0 || !(route.request().postData() ?? '').includes('"chain_head"')) return route.continue();
      assert.ok(isSubscribed, 'it asked for the head before it had asked for the news');
      // The answer is from before the block, and arrives after it.
      const stale = await route.fetch();
      made = await dev.mine(1);
      await route.fulfill({ response: stale });
    });
  });
  await page.getByRole('link', { name: String(head(before)), exact: true }).waitFor();
  assert.equal(made, head(before));
  await says(page, 'height', String(made));
  await page.close();
}

async function showsAndMovesTime(before: Before, { nonce }: Economy): Promise<void> {
  const { cluster } = before;
  const page = await before.open('#/');
  await says(page, 'connection', 'live');
  // The devnet was started like this, and the page knows it.
  await says(page, 'mode', 'only when you make them');
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
  ['#/receipts/0/1', 'Receipts of epoch 1'],
  [`#/receipt/0/1/${bob.address}/${alice.address}`, 'alice calls parent'],
  ['#/settlement/0/2', 'Settlement of epoch 2'],
  [`#/earned/0/2/${bob.address}`, 'Why parent earned it'],
  ['#/network', 'Network'],
  ['#/plugins', 'Consensus modules'],
  ['#/snapshots', 'Snapshots'],
  ['#/logs', 'Logs'],
  ['#/console', 'Console'],
];

/** No node is left, and the page says so; with the first that is back it goes on. */
async function comesBack(before: Before): Promise<void> {
  const page = await before.open('#/');
  await says(page, 'connection', 'live');
  for (const index of [0, 1]) before.setState(index, 'killed');
  await says(page, 'connection', 'no connection');
  const missed = await before.cluster.node(1).dev?.mine(1);
  before.setState(1, 'running');
  await says(page, 'connection', 'live');
  await says(page, 'height', String(missed));
  await page.close();
}
