// Bundles the entry points into dist/ (see docs/decisions/0002-bundles.md). Runs on `npm ci` through `prepare`, and from
// devnet/bin.js when dist/ is missing or older than the sources.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleDashboard } from './devnet/dashboard/bundle.js';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * Programs that start often, each one file, so that node/compiled/ can keep it as V8 has compiled it. CommonJS, since Node 20
 * takes compiled code for nothing else. Output name -> source.
 */
const programs = {
  'cli.program': 'devnet/cli.ts',
  'node.program': 'node/main.ts',
};

/** Output name -> source. A part that does not exist yet is an error, not a silence. */
const entries = {
  'verify-worker': 'node/verify/worker.ts',
  'call-verify-worker': 'module/server/verifyWorker.ts',
  plugin: 'node/plugins/child/main.ts',
  'service-process': 'node/host/child/main.ts',
  mechanisms: 'consensus/index.ts',
  check: 'devnet/check/child.ts',
  client: 'node/client/index.ts',
  module: 'module/index.ts',
};

/** What tests import. Nodes are loaded with the first chain that has some. */
const testing = {
  testing: 'devnet/testing/index.ts',
  'testing-vitest': 'devnet/testing/vitest.ts',
};

/** What plugin authors import. It is bundled again into their plugins, so that it must not name modules of Node. */
const kit = {
  consensus: 'consensus/interface/index.ts',
  service: 'service/index.ts',
  'compliance-runner': 'consensus/compliance/runner.ts',
};

for (const source of Object.values({ ...programs, ...entries, ...testing, ...kit }))
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

/** Loading its modules one by one takes longer than opening a store. Only its binary must come from its own folder. */
const levelWithoutBinary = {
  name: 'level-without-binary',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/binding$/ }, ({ importer }) =>
      /[\\/]classic-level[\\/][^\\/]+\.js$/.test(importer)
        ? { path: 'classic-level/binding.js', external: true }
        : undefined,
    );
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
  plugins: [oneLanguage, levelWithoutBinary],
  legalComments: 'none',
  logLevel: 'warning',
  // Packages that carry binaries or WASM beside their code must be loaded from their own folder.
  external: [
    'sodium-native',
    'secp256k1',
    '@polkadot-labs/schnorrkel-wasm',
    'msgpackr-extract',
    // Find their own parts beside themselves.
    'tsx',
    'esbuild',
    // That of whoever runs it.
    'vitest',
  ],
};
const common = { ...options, splitting: false, format: 'cjs', outExtension: { '.js': '.cjs' } };
await build({
  ...common,
  entryPoints: programs,
  define: { 'import.meta.url': '__url' },
  // One expression: node/compiled/start.ts calls it as Node calls CommonJS.
  banner: {
    js: '(function(exports,require,module,__filename,__dirname){const __url=require("node:url").pathToFileURL(__filename).href;',
  },
  footer: { js: '})' },
});
for (const name of Object.keys(programs)) {
  const file = `${name}.cjs`;
  const bytes = await readFile(join(fresh, file));
  // Read as one byte a character, which halves its memory and is faster.
  if (bytes.some(byte => byte > 0x7f)) throw new Error(`build: ${file} is not ASCII`);
  const starter = `require('./start.cjs').start(require.resolve('./${file}'));\n`;
  await writeFile(join(fresh, `${name.split('.')[0]}.cjs`), starter);
}
await build({ ...common, entryPoints: { start: 'node/compiled/start.ts' } });
// Bundled CommonJS packages still ask for `require`.
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
await build({ ...options, entryPoints: entries, banner });
await build({ ...options, entryPoints: testing, chunkNames: 'testing-[hash]', banner });
await build({ ...options, entryPoints: kit, chunkNames: 'kit-[hash]' });
// Frozen as it is: fuel is counted in it (node/machine/limits.ts).
await copyFile(join(root, 'node/machine/guest.js'), join(fresh, 'guest.js'));
await mkdir(join(fresh, 'dashboard'));
for (const [name, bytes] of await bundleDashboard()) await writeFile(join(fresh, 'dashboard', name), bytes);
await rm(output, { recursive: true, force: true });
await rename(fresh, output);
