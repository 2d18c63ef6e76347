#!/usr/bin/env node
// Starts the bundled CLI. In a checkout whose install skipped the build (npm ci --ignore-scripts), builds it first.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`devnet needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(1);
}
// Imports of ECMAScript modules take 10 ms before anything runs.
const { existsSync } = process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');
if (!existsSync(new URL('../dist/cli.cjs', import.meta.url))) await import('../build.js');
createRequire(import.meta.url)('../dist/cli.cjs');
