/**
 * `npm run pictures [-- <name> ...]`: the pictures of the docs, or some of them, taken from the dashboard of a devnet with
 * the demo economy. Hashes and times differ from run to run; sizes, theme and what is to be seen do not.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../devnet/dashboard/chromium.ts';
import { freshDirectory, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';
import { SHOTS, type Shot } from './shots.ts';

const FOLDER = join(ROOT, 'docs/pictures');
/** Pages of the docs load all of theirs. */
const MOST_BYTES = 150 * 1024;

async function take(browser: Browser, devnet: Running, shot: Shot): Promise<number> {
  const { name, width = 1200, height = 800, theme = 'light', path } = shot;
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  try {
    await page.goto(`${devnet.rpc}/#${typeof path === 'string' ? path : await path(devnet)}`);
    await page.locator('.top .connection.live').waitFor();
    await shot.prepare?.(page, devnet);
    const bytes = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    if (bytes.length > MOST_BYTES) throw new Error(`${name} has ${bytes.length} bytes, of ${MOST_BYTES}`);
    await writeFile(join(FOLDER, `${name}.png`), bytes);
    return bytes.length;
  } finally {
    await page.close();
  }
}

async function main(names: readonly string[]): Promise<void> {
  const shots = names.length === 0 ? SHOTS : SHOTS.filter(({ name }) => names.includes(name));
  if (shots.length === 0) throw new Error(`pictures are ${SHOTS.map(({ name }) => name).join(', ')}`);
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error('no Chromium on this machine; DEVNET_CHROMIUM names one that lies elsewhere');
  await mkdir(FOLDER, { recursive: true });
  const directory = freshDirectory();
  const devnet = await up(directory, '--demo', '--epoch-length', '20', '--block-time', '500');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    // Two epochs with calls in them: the flow is that of an epoch at work.
    await devnet.noted(/settled(?:[\s\S]*settled){2}/);
    for (const shot of shots) console.log(`${shot.name}.png: ${await take(browser, devnet, shot)} bytes`);
  } finally {
    await browser.close();
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}

await main(process.argv.slice(2));
