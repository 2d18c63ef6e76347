/** How the process of a service is started, and what isolation this node can give one. */
import { fileURLToPath } from 'node:url';
import type { Tier } from '../package/index.ts';
import type { PluginCommand } from '../plugins/launch.ts';

/** Megabytes of JavaScript objects; buffers are bounded by what the host sees of the whole process. */
const HEAP_MEGABYTES = 256;

/** A process of its own, with a clean environment, in the directory of its data. */
export const TIERS_HERE: readonly Tier[] = ['T1'];

/** Beside this file in source form, beside the bundle in the built one. */
export function serviceCommand(directory: string): PluginCommand {
  const source = import.meta.url.endsWith('.ts');
  const entry = new URL(source ? './child/fromSource.js' : './service-process.js', import.meta.url);
  const args = ['--enable-source-maps', `--max-old-space-size=${HEAP_MEGABYTES}`, fileURLToPath(entry)];
  return { file: process.execPath, args, env: {}, cwd: directory };
}
