/** The dashboard before a devnet in this process: two validators, each with its RPC, behind a real gateway. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startGateway } from '../../../devnet/supervisor/gateway.ts';
import type { ClusterFaults, NodeState, NodeStatus } from '../../../node/client/wireCluster.ts';
import { type Rpc, startRpc } from '../../../node/rpc/index.ts';
import { type Cluster, withCluster } from '../../node/support/cluster.ts';
import { silentLog } from '../../node/support/log.ts';
import { fakeControl } from '../fakeControl.ts';
import { findChromium } from './chromium.ts';
import { charlie } from './economy.ts';

export interface Before {
  readonly cluster: Cluster;
  readonly url: string;
  readonly rpcs: readonly Rpc[];
  /** What the supervisor was asked to do. */
  readonly calls: readonly string[];
  /** What went wrong in pages so far. */
  readonly wrong: string[];
  /** What it says of a node. */
  setState(index: number, state: NodeState): void;
  /** What this node writes into its log. */
  writeLog(index: number, line: string): void;
  /** What it says of the network. */
  setFaults(faults: Partial<ClusterFaults>): void;
  /** As a visitor who never was here: nothing is stored. What goes wrong in the page fails the test. */
  open(path: string, prepare?: (page: Page) => Promise<void>): Promise<Page>;
}

/** Skips where no Chromium is installed, and says so. */
export async function withDashboard(
  context: Mocha.Context,
  run: (before: Before) => Promise<void>,
): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    console.log('      no Chromium on this machine: the dashboard was not looked at');
    return context.skip();
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    await withCluster(
      { validators: 2, blockMode: { kind: 'manual' }, epochLength: 10, accounts: [charlie] },
      cluster => serve(cluster, browser, run),
    );
  } finally {
    await browser.close();
  }
}

async function serve(
  cluster: Cluster,
  browser: Browser,
  run: (before: Before) => Promise<void>,
): Promise<void> {
  const nodes = await Promise.all([cluster.start(0), cluster.start(1)]);
  const rpcs = await Promise.all(
    nodes.map(node => startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog })),
  );
  const directory = mkdtempSync(join(tmpdir(), 'devnet-dashboard-'));
  const { control, calls, faults: noFaults } = fakeControl();
  let faults = noFaults;
  const states: NodeState[] = ['running', 'running'];
  const status = (index: number): NodeStatus => ({
    index,
    state: states[index] ?? 'stopped',
    pid: 1,
    rpc: rpcs[index]?.url ?? '',
    log: join(directory, `${index}.log`),
    restarts: 0,
    ended: null,
  });
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    backends: () => rpcs.flatMap(({ port }, index) => (states[index] === 'running' ? [{ index, port }] : [])),
    control: {
      ...control,
      list: () => states.map((_, index) => status(index)),
      faults: async () => faults,
    },
    readiness: async () => ({ reasons: [], warnings: [] }),
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  const wrong: string[] = [];
  try {
    await run({
      cluster,
      url,
      rpcs,
      calls,
      wrong,
      setState(index, state) {
        states[index] = state;
        if (state !== 'running') gateway.release(index);
      },
      writeLog: (index, line) => appendFileSync(status(index).log, `${line}\n`),
      setFaults(some) {
        faults = { ...faults, ...some };
      },
      async open(path, prepare) {
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
        // Less than the test has: what is missing is named.
        page.setDefaultTimeout(20_000);
        page.on('pageerror', error => wrong.push(String(error)));
        page.on('console', message => {
          if (/Content Security Policy|TrustedHTML/.test(message.text())) wrong.push(message.text());
        });
        await prepare?.(page);
        await page.goto(`${url}/${path}`);
        return page;
      },
    });
    if (wrong.length > 0) throw new Error(`in the page: ${wrong.join('; ')}`);
  } finally {
    for (const context of browser.contexts()) await context.close();
    await gateway.close();
    await Promise.all(rpcs.map(rpc => rpc.close()));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Resolves when the element says so; Chromium looks at each change. */
export const says = (page: Page, name: string, text: string | RegExp): Promise<void> =>
  page.locator(`[data-test="${name}"]`).filter({ hasText: text }).first().waitFor();

export const head = ({ cluster }: Before): number => cluster.node(0).head().header.height;
