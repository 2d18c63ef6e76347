/** The network, broken and mended in a browser. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { type Before, says } from './support.ts';

export async function movesNetwork(before: Before): Promise<void> {
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

/** The middle of a node in the picture, in pixels. */
async function middleOf(page: Page, node: number): Promise<{ x: number; y: number }> {
  const box = await page.locator(`[data-test="dot-${node}"] circle`).boundingBox();
  assert.ok(box);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drag(page: Page, node: number, to: { readonly x: number; readonly y: number }): Promise<void> {
  const from = await middleOf(page, node);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
}

/** By mouse and by keyboard: a node out of its group, and back. */
export async function movesNodes(before: Before): Promise<void> {
  const earlier = before.calls.length;
  const page = await before.open('#/network');
  await says(page, 'faults', 'Nothing is wrong.');
  const { x, y } = await middleOf(page, 1);
  await drag(page, 1, { x: x + 150, y });
  await says(page, 'said', 'Parted: 0 | 1');
  before.setFaults({ groups: [[0], [1]], latency: [{ between: [0, 1], ms: 30, jitter: 0 }] });
  await page.locator('.network .group').nth(1).waitFor();
  await drag(page, 1, await middleOf(page, 0));
  await says(page, 'said', 'All nodes are together again');
  before.setFaults({ groups: [], latency: [] });
  await page.locator('.network .group').first().waitFor({ state: 'detached' });

  await page.locator('[data-test="dot-0"]').focus();
  await page.keyboard.press('ArrowRight');
  await says(page, 'said', 'Parted: 1 | 0');
  await page.keyboard.press('Enter');
  await page.locator('[data-test="chosen"]').getByRole('button', { name: 'Pause node 0' }).click();
  await says(page, 'said', 'Node 0 is paused');

  // A press that stays where it is chooses, and moves nothing.
  const still = await middleOf(page, 0);
  await page.mouse.click(still.x, still.y);
  await says(page, 'chosen', 'Drag a node');
  const other = await middleOf(page, 1);
  await page.mouse.click((still.x + other.x) / 2, (still.y + other.y) / 2);
  await page.getByLabel('Delay', { exact: true }).first().fill('90');
  await page.getByRole('button', { name: 'Delay', exact: true }).click();
  await says(page, 'said', 'Messages between 0 and 1 take 90 ms more');
  await page.getByLabel('Latency and loss').selectOption('everywhere');
  await page.getByRole('button', { name: 'Lose', exact: true }).click();
  await says(page, 'said', '10 of a hundred messages are lost');
  assert.deepEqual(before.calls.slice(earlier), [
    'partition [[[0],[1]]]',
    'heal []',
    'latency [{"ms":30,"jitter":0,"between":[0,1]}]',
    'partition [[[1],[0]]]',
    'pause [0]',
    'latency [{"ms":90,"jitter":0,"between":[0,1]}]',
    'loss [{"percent":10}]',
  ]);
  await page.close();
}
