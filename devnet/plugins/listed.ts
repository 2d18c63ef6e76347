/** All plugins of a devnet: those of its directory, of its chain and of its nodes, and what the nodes make of them. */
import { codeHash, type Discovered, discoverPlugins, type Manifest } from '../../node/package/index.ts';
import { type GlobalOptions, openContext } from '../context.ts';
import { type Answers, type NodeView, type OnChain, pluginsOnChain, viewsOf } from './agreement.ts';
import { isRunning, pluginsDirectory } from './installed.ts';
import { askEach, nodesOf, type Told } from './nodes.ts';

export interface Listed {
  /** null where what lies in the directory cannot be read. */
  readonly name: string | null;
  readonly version: string | null;
  readonly provides: Manifest['provides'] | null;
  readonly codeHash: string | null;
  /** null for what the chain names, or a node runs, and that lies in no folder here. */
  readonly directory: string | null;
  readonly problem: string | null;
  /** null where no devnet runs. */
  readonly onChain: readonly OnChain[] | null;
  readonly nodes: readonly NodeView[] | null;
}

type Place = Pick<Listed, 'onChain' | 'nodes'>;

export async function listPlugins(options: GlobalOptions): Promise<readonly Listed[]> {
  const [discovered, running] = await Promise.all([
    discoverPlugins(pluginsDirectory(options.dir)),
    askDevnet(options),
  ]);
  const place = (name: string): Place => {
    if (running === null) return { onChain: null, nodes: null };
    const onChain = running.onChain.filter(entry => entry.name === name);
    return { onChain, nodes: viewsOf(name, onChain, running.told) };
  };
  const here = discovered.map(found => ofDirectory(found, place));
  const names = new Set(here.map(({ name }) => name));
  const elsewhere = new Map(namedElsewhere(running).map(one => [one.name, one]));
  return [
    ...here,
    ...[...elsewhere.values()]
      .filter(({ name }) => !names.has(name))
      .map(one => ({ ...one, directory: null, problem: null, ...place(one.name) })),
  ];
}

/** What the chain names comes last and counts: nodes may have other versions. */
function namedElsewhere(running: Running | null) {
  if (running === null) return [];
  const onNodes = running.told.flatMap(each => (each.ok ? each.value.plugins : []));
  const onChain = running.onChain.map(entry => ({ ...entry, provides: 'consensus' as const }));
  return [...onNodes, ...onChain].map(({ name, version, provides, codeHash }) => ({
    name,
    version,
    provides,
    codeHash,
  }));
}

function ofDirectory(found: Discovered, place: (name: string) => Place): Listed {
  const { directory } = found;
  if (!found.ok) {
    const unknown = { name: null, version: null, provides: null, codeHash: null, onChain: null, nodes: null };
    return { ...unknown, directory, problem: found.error.message };
  }
  const { manifest, code } = found.plugin;
  const { name, version, provides } = manifest;
  return { name, version, provides, codeHash: codeHash(code), directory, problem: null, ...place(name) };
}

interface Running {
  readonly onChain: readonly OnChain[];
  readonly told: readonly Told<Answers>[];
}

/** What the chain names and each node says; null where no devnet runs. */
async function askDevnet(options: GlobalOptions): Promise<Running | null> {
  if (options.rpc === undefined && !isRunning(options.dir)) return null;
  const { client } = openContext(options);
  try {
    const [known, { running }] = await Promise.all([client.listConsensus(), nodesOf(client)]);
    const told = await askEach(running, async node => ({
      consensus: await node.listConsensus(),
      plugins: await node.request('plugin_list', {}),
    }));
    return { onChain: pluginsOnChain(known), told };
  } finally {
    client.close();
  }
}
