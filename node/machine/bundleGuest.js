// Bundles the inside of the machine. Its bytes are frozen: fuel is counted in it (limits.ts).
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @returns {Promise<Uint8Array>} */
export async function buildGuest() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./guest/main.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    target: 'es2023',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0].contents;
}
