/** A node with service plugins written into its directory, and what it says about them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginJson } from '../../../node/client/wirePlugins.ts';
import { HUB_LIMITS } from '../../../node/host/hub.ts';
import { LIFE_LIMITS } from '../../../node/host/life.ts';
import type { Node, Surroundings } from '../../../node/node.ts';
import type { NodeOptions } from '../../../node/options.ts';
import type { Log } from '../../../node/ordering/types.ts';
import { codeHash, parseManifest, writePlugin } from '../../../node/package/index.ts';
import { untilHeight, withCluster } from '../support/cluster.ts';

export interface Written {
  readonly name: string;
  readonly version?: string;
  readonly capabilities?: readonly string[];
  /** The body of an ES module. */
  readonly code: string;
  /** More of the manifest; first what stands before any table. */
  readonly top?: string;
  readonly tables?: string;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function manifestOf({
  name,
  version = '1.0.0',
  capabilities = [],
  code,
  top = '',
  tables = '',
}: Written) {
  const encoded = bytes(code);
  return `name = "${name}"
version = "${version}"
entry_point = "index.js"
provides = "service"
capabilities = ${JSON.stringify(capabilities)}
${top}
[binary]
hash = "sha256:${codeHash(encoded).slice(2)}"
size = ${encoded.length}
${tables}
`;
}

export async function install(root: string, plugin: Written): Promise<void> {
  const source = manifestOf(plugin);
  await writePlugin(root, { manifest: parseManifest(source), source, code: bytes(plugin.code) });
}

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A log that can be waited for. */
export class Heard {
  readonly lines: Line[] = [];
  readonly #waiting = new Set<() => void>();
  readonly log: Log = {
    debug: (fields, message) => this.#add('debug', fields, message),
    info: (fields, message) => this.#add('info', fields, message),
    warn: (fields, message) => this.#add('warn', fields, message),
    error: (fields, message) => this.#add('error', fields, message),
  };
  #add(level: Line['level'], fields: object, message: string): void {
    this.lines.push({ ...fields, level, message });
    for (const wake of this.#waiting) wake();
  }
  /** The first line, from `from` on, that passes the test. */
  until(test: (line: Line) => boolean, from = 0): Promise<Line> {
    return new Promise(resolve => {
      const look = (): void => {
        const found = this.lines.slice(from).find(test);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
  /** The next line that a plugin prints and that begins so. */
  printed(start: string, from = 0): Promise<string> {
    return this.until(({ line }) => typeof line === 'string' && line.startsWith(start), from).then(
      ({ line }) => String(line),
    );
  }
}

export interface Hosted {
  readonly node: Node;
  readonly root: string;
  readonly heard: Heard;
  list(): readonly PluginJson[];
  plugin(name: string): PluginJson;
}

export interface HostedOptions {
  readonly plugins: readonly Written[];
  readonly options?: Partial<NonNullable<NodeOptions['plugins']>>;
  readonly hosting?: Surroundings['plugins'];
}

/** Short times, so that back-off and quarantine can be seen. */
export const HASTY: NonNullable<Surroundings['plugins']> = {
  life: { ...LIFE_LIMITS, backOff: 10, crashes: 3, pingEvery: 100, pingDeadline: 3_000, stopDeadline: 500 },
  hub: HUB_LIMITS,
};

/** A node of one validator, with these in its plugins directory before it starts. */
export async function withHost(
  { plugins, options = {}, hosting = HASTY }: HostedOptions,
  run: (hosted: Hosted) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'plugins-'));
  const heard = new Heard();
  for (const plugin of plugins) await install(root, plugin);
  try {
    await withCluster(
      {
        plugins: { directory: root, trusted: [], unsigned: 'allow', settings: {}, ...options },
        hosting,
        log: heard.log,
      },
      async cluster => {
        const node = await cluster.start(0);
        const list = () => node.plugins().list();
        await run({
          node,
          root,
          heard,
          list,
          plugin(name) {
            const found = list().find(one => one.name === name);
            if (found === undefined) throw new Error(`no plugin ${name}`);
            return found;
          },
        });
      },
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Resolves when the chain has gone on by so many blocks. */
export const blocksGoOn = ({ node }: Hosted, blocks = 2): Promise<number> =>
  untilHeight(node, node.head().header.height + blocks);
