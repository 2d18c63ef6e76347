/**
 * The dashboard as the files that a browser loads. Plain JavaScript, since build.js runs it before anything is built, and
 * the gateway of a checkout when a browser first asks.
 */
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const here = new URL('./', import.meta.url);
/** Taken as they are. */
const PLAIN = ['index.html', 'icon.svg'];

/** @returns {Promise<Map<string, Uint8Array>>} by name */
export async function bundleDashboard() {
  const { outputFiles } = await build({
    entryPoints: { app: new URL('main.tsx', here).pathname, style: new URL('style.css', here).pathname },
    outdir: '/',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const plain = await Promise.all(
    PLAIN.map(async name => /** @type {const} */ ([name, await readFile(new URL(name, here))])),
  );
  return new Map([
    ...plain,
    ...outputFiles.map(({ path, contents }) => /** @type {const} */ ([path.slice(1), contents])),
  ]);
}
