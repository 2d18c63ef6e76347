/** Powers of a devnet, used in a browser on real nodes: balances, acts of others, time, snapshots; and the logs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { decodeDump } from '../../../chain/index.ts';
import { alice, bob } from '../../node/support/cluster.ts';
import { type Before, head, says } from './support.ts';

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

export async function usesPowers(before: Before): Promise<void> {
  const page = await before.open('#/');
  await page.getByText('When blocks come, and the time').click();
  await page.getByLabel('Milliseconds').fill('700');
  await press(page, 'Every so often');
  await says(page, 'mode', 'every 700 ms');
  const { dev } = before.cluster.node(0);
  assert.deepEqual(dev?.blockMode(), { kind: 'interval', ms: 700 });
  // Somebody else changes it, and Run goes back to what was before the pause.
  await dev?.setBlockMode({ kind: 'manual' });
  await says(page, 'mode', 'only when you make them');
  await press(page, 'Run');
  await says(page, 'said', 'blocks come every 700 ms');
  await press(page, 'Pause');
  await says(page, 'said', 'Paused');
  const { time } = before.cluster.node(0).head().header;
  await page.getByLabel('Minutes').fill('90');
  await press(page, 'Put forward');
  await says(page, 'said', '1 h ahead of the clock');
  assert.ok(before.cluster.node(0).head().header.time >= time + 90 * 60_000);

  await page.goto(`${before.url}/#/account/${bob.address}`);
  await page.getByLabel('Free balance in tokens').fill('1.5x');
  assert.equal(await page.getByRole('button', { name: 'Set balance' }).isDisabled(), true);
  await page.getByLabel('Free balance in tokens').fill('123.5');
  await page.keyboard.press('Enter');
  await says(page, 'said', 'It has 123.5 tokens free');
  const call = { kind: 'transfer', to: alice.address, amount: '3500000000' };
  await page.getByLabel('Call as JSON').fill(JSON.stringify(call));
  await press(page, 'Act as this account');
  await says(page, 'said', /Done in block \d+/);
  await page.getByText('120 tokens', { exact: true }).waitFor();
  await page.getByLabel('Call as JSON').fill(JSON.stringify({ ...call, amount: '999999999999' }));
  await press(page, 'Act as this account');
  await says(page, 'said', 'INSUFFICIENT_BALANCE');
  await page.close();
}

/** Taken, lived on from, gone back to. */
export async function goesBack(before: Before): Promise<void> {
  const page = await before.open('#/snapshots');
  await page.getByText('There are none.').waitFor();
  await page.getByLabel('Name of the snapshot').fill('before it all');
  await page.keyboard.press('Enter');
  await says(page, 'said', 'BAD_SNAPSHOT_NAME');
  await page.getByLabel('Name of the snapshot').fill('before');
  await page.keyboard.press('Enter');
  await says(page, 'said', 'before is the state after block');
  await says(page, 'snapshots', `before${head(before)}`);
  const { dev } = before.cluster.node(0);
  await dev?.setBalance(bob.account, 5n);
  await press(page, 'Go back to before');
  // Once more, in its own place; whoever turns away did not mean it.
  await page.getByRole('button', { name: 'Really? Go back to before' }).blur();
  await press(page, 'Go back to before');
  await press(page, 'Really? Go back to before');
  await says(page, 'said', /Block \d+ has the state after block \d+/);
  await page.goto(`${before.url}/#/account/${bob.address}`);
  await page.getByText('120 tokens', { exact: true }).waitFor();
  await loadsDump(page, before);
  await page.close();
}

/** To a file and back: what changed meanwhile is as it was. */
async function loadsDump(page: Page, before: Before): Promise<void> {
  await page.goto(`${before.url}/#/snapshots`);
  const file = page.waitForEvent('download');
  await press(page, 'Dump to a file');
  await says(page, 'said', `the state after block ${head(before)}`);
  const path = await (await file).path();
  const { header } = decodeDump(readFileSync(path));
  assert.equal(header.height, head(before));
  const { dev } = before.cluster.node(0);
  await dev?.setBalance(bob.account, 6n);
  await page
    .getByLabel('Dump to load')
    .setInputFiles({ name: 'broken.dump', mimeType: '', buffer: Buffer.alloc(9) });
  await press(page, 'Load broken.dump');
  await press(page, 'Really? Load broken.dump');
  await says(page, 'said', 'DUMP_INVALID');
  await page
    .getByLabel('Dump to load')
    .setInputFiles({ name: 'state.dump', mimeType: '', buffer: readFileSync(path) });
  await press(page, 'Load state.dump');
  await press(page, 'Really? Load state.dump');
  await says(page, 'said', `has the state of ${header.chainId} after block ${header.height}`);
  await page.goto(`${before.url}/#/account/${bob.address}`);
  await page.getByText('120 tokens', { exact: true }).waitFor();
}

const line = (level: number, time: number, msg: string): string =>
  JSON.stringify({ level, time, msg, peer: 'abc' });

export async function showsLogs(before: Before): Promise<void> {
  before.writeLog(0, line(30, 2_000, 'second'));
  before.writeLog(1, line(20, 1_000, '<b>first</b>'));
  const page = await before.open('#/logs');
  const shown = page.locator('[data-test="log"] li');
  await shown.nth(1).waitFor();
  assert.deepEqual(await shown.allInnerTexts(), [
    '00:00:01.000 1 debug <b>first</b> peer=abc',
    '00:00:02.000 0 info second peer=abc',
  ]);
  before.writeLog(1, line(40, 3_000, 'third'));
  await shown.filter({ hasText: 'third' }).waitFor();
  await page.getByLabel('Level').selectOption('warn');
  await shown.filter({ hasText: 'second' }).waitFor({ state: 'detached' });
  assert.equal(await shown.count(), 1);
  await page.getByLabel('Level').selectOption('debug');
  await page.getByLabel('Node').selectOption('1');
  await page.getByLabel('Text in the line').fill('PEER=ABC');
  await shown.nth(1).waitFor();
  assert.equal(await shown.count(), 2);
  await press(page, 'Hold');
  before.writeLog(1, line(40, 4_000, 'fourth'));
  await page.getByRole('button', { name: 'Go on' }).click();
  await shown.filter({ hasText: 'fourth' }).waitFor();
  await page.close();
}
