/** What the screens about money show, seen in a browser. */
import assert from 'node:assert/strict';
import { alice, bob } from '../../node/support/cluster.ts';
import type { Economy } from './economy.ts';
import { type Before, says } from './support.ts';

export async function showsMoney(before: Before, { settled }: Economy): Promise<void> {
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

/** From the list of an epoch by links to the unit. */
export async function showsReceipts(before: Before, { called, settled }: Economy): Promise<void> {
  const page = await before.open(`#/receipts/0/${called}`);
  const pair = page
    .locator('[data-test="receipts"] tr')
    .filter({ hasText: 'alice' })
    .filter({ hasText: 'parent' });
  await pair
    .filter({ hasText: 'OK' })
    .filter({ hasText: `with epoch ${settled}` })
    .waitFor();
  await pair.getByRole('link', { name: '1 call' }).click();
  await page.getByRole('heading', { name: 'alice calls parent', exact: true }).waitFor();
  assert.equal(new URL(page.url()).hash, `#/receipt/0/${called}/${bob.address}/${alice.address}`);
  await page
    .locator('[data-test="signed"] tr')
    .filter({ hasText: 'echo' })
    .filter({ hasText: '0.000000007' })
    .waitFor();
  await says(page, 'claim-1', 'The chain judged: OK');
  await says(page, 'claim-1', '1 call accepted, 0.000000007 tokens of 0.000000007 asked for');
  await says(
    page,
    'claim-1',
    new RegExp(
      `settlement of epoch ${settled} took 0\\.000000007 tokens out of the reserve, in block \\d+\\.`,
    ),
  );
  assert.equal(await page.locator('.way-of > li.done').count(), 4);

  await page.getByRole('link', { name: 'Who earned it, and why' }).click();
  await page.getByRole('heading', { name: 'Why parent earned it', exact: true }).waitFor();
  await says(page, 'earned', 'parent was paid 0.000000005 tokens');
  await says(page, 'income', /1 call of alice\s*0\.000000007/);
  // 30 % of 7 units are 2.1, 70 % are 4.9.
  await says(page, 'divided', /helper\s*30\u202f%\s*0\.000000002\s*rounded down by 0\.1 of a base unit/);
  await says(page, 'divided', /kept\s*70\u202f%\s*0\.000000005\s*rounded up by 0\.1 of a base unit/);
  await says(page, 'in-and-out', '0.000000007 in = 0.000000002 to its children + 0.000000005 kept');
  await says(page, 'earned-sum', '0.000000005 kept = 0.000000005 paid out');
  await page.locator('[data-test="divided"]').getByRole('link', { name: 'helper' }).click();
  await page.getByRole('heading', { name: 'helper', exact: true }).waitFor();

  // The epoch that runs: nothing is claimed, but who can sign is known.
  const { epoch } = before.cluster.node(0).head().header;
  await page.goto(`${before.url}/#/receipts/0/${epoch}`);
  await says(page, 'reserves', /alice\s*parent\s*0\.999999993/);
  await page.close();
}
