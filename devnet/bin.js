#!/usr/bin/env node
// Starts the bundled CLI. In a checkout whose install skipped the build (npm ci --ignore-scripts), builds it first.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`devnet needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(1);
}
const cli = new URL('../dist/cli.js', import.meta.url);
if (!existsSync(cli)) await import('../build.js');
await import(cli.href);
