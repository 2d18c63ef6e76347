/** What the supervisor tells each node before it starts. */
import { join, resolve } from 'node:path';
import { sha256 } from '../../chain/index.ts';
import { type Account, fromHex, type Hex } from '../../consensus/interface/index.ts';
import type { FaultRulesJson } from '../../node/client/wireCluster.ts';
import { type NodeOptions, peerIdOfSeed } from '../../node/options.ts';
import type { Settings } from '../config/settings.ts';
import { DEV_AUTHORITY_PATH, validatorPath } from '../people.ts';
import type { ChainFile } from './chainFile.ts';
import { type Ports, reachable } from './ports.ts';

export interface NodeOptionsInput {
  readonly settings: Settings;
  readonly chain: ChainFile;
  readonly logLevel: NodeOptions['logLevel'];
  readonly ports: Ports;
  readonly index: number;
  readonly faults: FaultRulesJson;
  /** Whether all nodes start now, in the order of their indexes: then each dials those before it. */
  readonly together: boolean;
  /** Whose signatures under plugins count. */
  readonly trusted: readonly Account[];
  /** By which the nodes know their supervisor. */
  readonly pass: string;
}

export function nodeOptions({
  settings,
  chain,
  logLevel,
  ports,
  index,
  faults,
  together,
  trusted,
  pass,
}: NodeOptionsInput): NodeOptions {
  const p2pPort = (node: number): number => ports.p2p[node] ?? 0;
  const seed = (node: number): Hex =>
    sha256(new TextEncoder().encode(`${chain.chainId}/${chain.phrase}/network/${node}`));
  // Named, so that a node knows whom it is connected with before it dials.
  const address = (node: number): string =>
    `/ip4/${reachable(settings.host)}/tcp/${p2pPort(node)}/p2p/${peerIdOfSeed(fromHex(seed(node)))}`;
  const others = ports.p2p.map((_, node) => node).filter(node => node !== index);
  const isExpected = (node: number): boolean => together && node > index;
  return {
    name: `node-${index}`,
    dir: join(nodeDirectory(settings, index), 'data'),
    genesis: chain.genesis,
    validator: isValidator(chain, index) ? `${chain.phrase}${validatorPath(index)}` : null,
    devAuthority: `${chain.phrase}${DEV_AUTHORITY_PATH}`,
    p2p: {
      seed: seed(index),
      host: settings.host,
      port: p2pPort(index),
      peers: others.filter(node => !isExpected(node)).map(address),
      expected: others.filter(isExpected).map(address),
    },
    rpc: {
      host: settings.host,
      port: ports.rpc[index] ?? 0,
      rateLimit: settings['rpc-rate-limit'],
      pass,
    },
    blockMode: blockMode(settings['block-time']),
    logLevel,
    plugins: {
      directory: resolve(settings.dir, 'plugins'),
      trusted: [...trusted],
      // Nothing is at stake on a devnet; each of its nodes says so in its log.
      unsigned: 'allow',
      isolation: settings['plugin-isolation'],
      settings: settings.plugins,
    },
    faults,
  };
}

export const nodeDirectory = (settings: Settings, index: number): string =>
  resolve(settings.dir, 'nodes', `${index}`);

/** Those of the genesis, and those that were added as one. */
export const isValidator = ({ nodes, added }: ChainFile, index: number): boolean =>
  index < nodes || added[index - nodes]?.validator === true;

function blockMode(time: Settings['block-time']): NodeOptions['blockMode'] {
  if (time === 'auto') return { kind: 'auto', emptyMs: 2_000 };
  return time === 'manual' ? { kind: 'manual' } : { kind: 'interval', ms: time };
}
