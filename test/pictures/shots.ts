/** What the pictures show. */
import type { Page } from 'playwright-core';
import type { SettlementInfo } from '../../node/client/index.ts';
import { eventually, type Running } from '../e2e/support.ts';

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

const overview = async (page: Page): Promise<void> => {
  // Blocks with and without transactions, and all nodes.
  await page.locator('[data-test="blocks"] tr').nth(14).waitFor();
  await page.locator('[data-test="mode"]').getByText('every').waitFor();
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

/** The newest settlement with money in it: the running epoch has none yet. */
const settled = ({ client }: Running): Promise<SettlementInfo> =>
  eventually(async () => {
    const { epoch } = await client.getCurrentEpoch();
    for (let at = epoch - 1; at >= 0; at--) {
      const found = await client.getSettlement({ id: 0, epoch: at });
      if (found.calls > 0) return found;
    }
    return undefined;
  });

const settlement = async (devnet: Running): Promise<string> =>
  `/settlement/0/${(await settled(devnet)).epoch}`;

/** Of a client that called the module at the root. */
async function receipt(devnet: Running): Promise<string> {
  const { rows } = await settled(devnet);
  const { address } = await devnet.client.getModule({ module: 'router' });
  const row = rows.find(({ server, status }) => server === address && status === 'OK');
  if (row === undefined) throw new Error('nobody paid the router');
  return `/receipt/0/${row.epoch}/${row.server}/${row.client}`;
}

/** A module that serves clients, gets a share of its parent, and shares on. */
async function earned(devnet: Running): Promise<string> {
  const { epoch } = await settled(devnet);
  const { address } = await devnet.client.getModule({ module: 'lab' });
  return `/earned/0/${epoch}/${address}`;
}

/** Two halves that do not see each other, and a slow link. */
async function broken(page: Page, { client }: Running): Promise<void> {
  await client.request('dev_partition', { groups: [[3], [0, 1, 2]] });
  await client.request('dev_latency', { ms: 80, jitter: 20, between: [0, 1] });
  await page.locator('.network .way.cut').nth(2).waitFor({ state: 'attached' });
  await page.getByText('80 ms').first().waitFor();
}

/** What the partition did is in them. */
async function logs(page: Page, { client }: Running): Promise<void> {
  await client.request('dev_heal', {});
  // Of all nodes: each has started and found three others.
  await page.locator('[data-test="log"] li').nth(15).waitFor();
}

async function snapshots(page: Page, { client }: Running): Promise<void> {
  for (const name of ['clean', 'before-the-upgrade']) await client.snapshot({ name });
  await page.getByText('before-the-upgrade', { exact: true }).waitFor();
}

export const SHOTS: readonly Shot[] = [
  { name: 'overview', path: '/', prepare: overview },
  { name: 'overview-dark', path: '/', theme: 'dark', prepare: overview },
  { name: 'overview-phone', path: '/', width: 400, height: 800, prepare: overview },
  {
    name: 'block',
    path: blockWithClaim,
    prepare: page =>
      page
        .locator('.transaction a')
        .filter({ hasText: /^(router|lab)$/ })
        .first()
        .waitFor(),
  },
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
  {
    name: 'receipts',
    path: '/receipts',
    height: 560,
    prepare: page => page.locator('[data-test="receipts"] tr').filter({ hasText: 'alice' }).nth(1).waitFor(),
  },
  {
    name: 'receipt',
    path: receipt,
    height: 760,
    prepare: page => page.locator('.way-of > li.done').nth(3).waitFor(),
  },
  {
    name: 'earned',
    path: earned,
    height: 860,
    prepare: page => page.locator('[data-test="earned-sum"]').waitFor(),
  },
  { name: 'network', path: '/network', prepare: broken },
  { name: 'logs', path: '/logs', width: 1000, height: 440, prepare: logs },
  { name: 'snapshots', path: '/snapshots', height: 520, prepare: snapshots },
  {
    name: 'plugins',
    path: '/plugins',
    height: 420,
    prepare: page => page.locator('[data-test="mechanisms"]').getByText('4 the same').waitFor(),
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
