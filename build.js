// Bundles the entry points into dist/ (see docs/decisions/0002-bundles.md). Runs on `npm ci` through `prepare`, and from
// devnet/bin.js when dist/ is missing or older than the sources.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleDashboard } from './devnet/dashboard/bundle.js';

const root = dirname(fileURLToPath(import.meta.url));

/** Output name -> source. A part that does not exist yet is an error, not a silence. */
const entries = {
  cli: 'devnet/cli.ts',
  node: 'node/main.ts',
  'verify-worker': 'node/verify/worker.ts',
  'call-verify-worker': 'module/server/verifyWorker.ts',
  plugin: 'node/plugins/child/main.ts',
  'service-process': 'node/host/child/main.ts',
  mechanisms: 'consensus/index.ts',
  check: 'devnet/check/child.ts',
  client: 'node/client/index.ts',
  module: 'module/index.ts',
};

/** What plugin authors import. It is bundled again into their plugins, so that it must not name modules of Node. */
const kit = {
  consensus: 'consensus/interface/index.ts',
  testing: 'devnet/testing/index.ts',
  service: 'service/index.ts',
  'compliance-runner': 'consensus/compliance/runner.ts',
};

for (const source of Object.values({ ...entries, ...kit }))
  if (!existsSync(join(root, source))) throw new Error(`build: ${source} is missing`);

// Built beside and swapped in at the end: a failed build leaves the old one, and nobody loads half a bundle.
const output = join(root, 'dist');
const fresh = join(root, `dist.${process.pid}`);
/** zod brings its messages in some sixty languages; English alone takes half the time to compile. */
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

await rm(fresh, { recursive: true, force: true });
const options = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  // What is shorter starts sooner. Names stay, since errors show them.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [oneLanguage],
  legalComments: 'none',
  logLevel: 'warning',
  // Packages that carry binaries or WASM beside their code must be loaded from their own folder.
  external: [
    'classic-level',
    'sodium-native',
    'secp256k1',
    '@polkadot-labs/schnorrkel-wasm',
    'msgpackr-extract',
    // Find their own parts beside themselves.
    'tsx',
    'esbuild',
  ],
};
await build({
  ...options,
  entryPoints: entries,
  // Bundled CommonJS packages still ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
await build({ ...options, entryPoints: kit, chunkNames: 'kit-[hash]' });
// Frozen as it is: fuel is counted in it (node/machine/limits.ts).
await copyFile(join(root, 'node/machine/guest.js'), join(fresh, 'guest.js'));
await mkdir(join(fresh, 'dashboard'));
for (const [name, bytes] of await bundleDashboard()) await writeFile(join(fresh, 'dashboard', name), bytes);
await rm(output, { recursive: true, force: true });
await rename(fresh, output);
