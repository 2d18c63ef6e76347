import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Genesis } from '../../chain/index.ts';
import { OPTIONAL_BUILTINS } from '../../consensus/index.ts';
import { encode, toHex } from '../../consensus/interface/index.ts';
import type { LoadedSettings } from '../config/load.ts';
import { FIXED_BY_GENESIS, type Settings } from '../config/settings.ts';
import { CliError, EXIT } from '../errors.ts';
import { makeGenesis } from '../genesis.ts';
import { readJson, writeAtomic } from './runFile.ts';

/** `.devnet/chain.json`: what the first `devnet up` fixed. It holds the phrase, so it is readable by its owner only. */
const ChainFile = z.strictObject({
  schema: z.literal(1),
  chainId: z.string(),
  genesis: z.string().regex(/^0x[0-9a-f]+$/),
  /** Empty for the well-known development phrase. */
  phrase: z.string(),
  /** The validators of the genesis. */
  nodes: z.number(),
  /** Nodes that were added later, in the order of their indexes. */
  added: z.array(z.strictObject({ validator: z.boolean() })).default([]),
  'epoch-length': z.number(),
  accounts: z.number(),
  /** Base units, decimal. */
  balance: z.string(),
  /** Built-in consensus modules of the genesis besides consensus-0. */
  consensus: z.array(z.enum(OPTIONAL_BUILTINS)).default([]),
});
export type ChainFile = z.infer<typeof ChainFile>;

export const chainFilePath = (directory: string): string => join(directory, 'chain.json');

/** The chain of a directory: the one that is there, or a new one made from the settings. */
export function openChain({ settings, given }: LoadedSettings): {
  readonly chain: ChainFile;
  readonly created: boolean;
} {
  const file = chainFilePath(settings.dir);
  if (!existsSync(file)) {
    const chain = createChain(settings);
    writeChainFile(settings.dir, chain);
    return { chain, created: true };
  }
  const chain = readChainFile(settings.dir);
  for (const name of FIXED_BY_GENESIS) {
    const wanted = textOf(settings, name);
    const kept = name === 'seed' ? chain.phrase : String(chain[name]);
    if (given.has(name) && wanted !== kept)
      throw new CliError(
        'CHAIN_DIFFERS',
        name === 'seed'
          ? `the chain in ${settings.dir} was made with another seed phrase`
          : `the chain in ${settings.dir} has ${name} ${kept}, not ${wanted}`,
        `leave out --${name} to go on with that chain, or start anew with --reset`,
      );
  }
  return { chain, created: false };
}

/** The chain that the first `devnet up` of a directory made. */
export function readChainFile(directory: string): ChainFile {
  const file = chainFilePath(directory);
  if (!existsSync(file))
    throw new CliError(
      'NO_CHAIN',
      `there is no chain in ${directory}`,
      'make one with devnet up',
      EXIT.notReady,
    );
  const parsed = ChainFile.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CliError(
    'BAD_CHAIN_FILE',
    `${file}: ${issue?.path.join('.')}: ${issue?.message}`,
    'it was written by another version of devnet or edited by hand; start anew with --reset',
  );
}

export function writeChainFile(directory: string, chain: ChainFile): void {
  writeAtomic(chainFilePath(directory), `${JSON.stringify(chain, null, 2)}\n`, 0o600);
}

/** Forgets the chain of a directory: its file, the nodes' data and logs. Keys and configuration stay. */
export function resetDirectory(directory: string): void {
  rmSync(chainFilePath(directory), { force: true });
  for (const name of ['nodes', 'run.json', 'demo'])
    rmSync(join(directory, name), { recursive: true, force: true });
}

/** Forgets a chain that never ran. The logs of its nodes stay, as they say why. */
export function abandonChain(directory: string): void {
  rmSync(chainFilePath(directory), { force: true });
  const nodes = join(directory, 'nodes');
  if (!existsSync(nodes)) return;
  for (const node of readdirSync(nodes)) rmSync(join(nodes, node, 'data'), { recursive: true, force: true });
}

function createChain(settings: Settings): ChainFile {
  const chainId = `devnet-${randomBytes(4).toString('hex')}`;
  const phrase = settings.seed ?? '';
  const genesis = makeGenesis({
    chainId,
    time: Date.now(),
    nodes: settings.nodes,
    epochLength: settings['epoch-length'],
    accounts: settings.accounts,
    balance: settings.balance,
    phrase,
    consensus: settings.consensus,
  });
  return {
    schema: 1,
    chainId,
    genesis: toHex(encode(Genesis, genesis)),
    phrase,
    nodes: settings.nodes,
    added: [],
    'epoch-length': settings['epoch-length'],
    accounts: settings.accounts,
    balance: settings.balance.toString(),
    consensus: [...settings.consensus],
  };
}

const textOf = (settings: Settings, name: (typeof FIXED_BY_GENESIS)[number]): string =>
  String(settings[name] ?? '');
