/** What the pictures show. */
import type { Page } from 'playwright-core';
import type { Running } from '../e2e/support.ts';
import { eventually } from '../e2e/support.ts';

export interface Shot {
  /** Of the file, without its ending. */
  readonly name: string;
  /** In pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  /** After the `#`. */
  readonly path: string | ((devnet: Running) => Promise<string>);
  /** Resolves when there is what the picture is about. */
  readonly prepare?: (page: Page, devnet: Running) => Promise<void>;
}

const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { name }).first().waitFor();

const overview = async (page: Page): Promise<void> => {
  // Blocks with and without transactions, and all nodes.
  await page.locator('[data-test="blocks"] tr').nth(14).waitFor();
  await page.locator('[data-test="node-3"]').getByText('running').waitFor();
};

/** The newest block with a paid claim in it: the first kind of transaction that is special here. */
async function blockWithClaim({ client }: Running): Promise<string> {
  const { height } = await client.getHead();
  for (let at = height; at > 0; at--) {
    const { transactions } = await client.getBlock({ block: at });
    if (transactions.some(({ call, ok }) => ok && call.kind === 'call')) return `/block/${at}`;
  }
  throw new Error('nobody claimed anything');
}

/** The newest epoch with money in it: the running one has none yet. */
const settlement = ({ client }: Running): Promise<string> =>
  eventually(async () => {
    const { epoch } = await client.getCurrentEpoch();
    for (let at = epoch - 1; at >= 0; at--)
      if ((await client.getSettlement({ id: 0, epoch: at })).calls > 0) return `/settlement/0/${at}`;
    return undefined;
  });

/** Two halves that do not see each other, and a slow link. */
async function broken(page: Page, { client }: Running): Promise<void> {
  await client.request('dev_partition', { groups: [[3], [0, 1, 2]] });
  await client.request('dev_latency', { ms: 80, jitter: 20, between: [0, 1] });
  await page.locator('.network .way.cut').nth(2).waitFor({ state: 'attached' });
  await page.getByText('80 ms').first().waitFor();
}

export const SHOTS: readonly Shot[] = [
  { name: 'overview', path: '/', prepare: overview },
  { name: 'overview-dark', path: '/', theme: 'dark', prepare: overview },
  { name: 'overview-phone', path: '/', width: 400, height: 800, prepare: overview },
  { name: 'block', path: blockWithClaim, prepare: page => heading(page, /^Block \d+$/) },
  {
    name: 'accounts',
    path: '/accounts',
    prepare: page => page.locator('[data-test="accounts"] tr').filter({ hasText: 'alice' }).waitFor(),
  },
  {
    name: 'modules',
    path: '/modules',
    prepare: page => page.getByRole('img', { name: 'links of router' }).waitFor(),
  },
  {
    name: 'settlement',
    path: settlement,
    height: 1000,
    prepare: page => page.locator('.flow .band').nth(8).waitFor(),
  },
  { name: 'network', path: '/network', prepare: broken },
  {
    name: 'plugins',
    path: '/plugins',
    height: 420,
    prepare: page => page.locator('[data-test="mechanisms"]').getByText('the same').waitFor(),
  },
  {
    name: 'console',
    path: '/console/chain_head',
    height: 640,
    async prepare(page) {
      await page.getByRole('button', { name: 'Send' }).click();
      await page.locator('[data-test="reply"]').waitFor();
    },
  },
];
