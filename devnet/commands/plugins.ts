import type { Approval, Manifest, Package } from '../../node/package/index.ts';
import type { GlobalOptions } from '../context.ts';
import { type Answer, table } from '../output.ts';
import { registerAuthoring } from './authoring.ts';
import { registerDeveloping } from './developing.ts';
import { registerInstalling } from './installing.ts';
import type { Register } from './types.ts';

/** Loaded when a plugin command runs. */
const kit = async () => ({
  ...(await import('../../node/package/index.ts')),
  ...(await import('../plugins/package.ts')),
  ...(await import('../plugins/installed.ts')),
});

export const registerPlugins: Register = (program, run) => {
  const plugin = program.command('plugin').description('consensus modules and services of your own');
  registerAuthoring(plugin, run);
  registerDeveloping(plugin, run);
  registerPackages(plugin, run);
  registerInstalling(plugin, run);
};

const registerPackages: Register = (plugin, run) => {
  plugin
    .command('pack')
    .description('build a plugin and write it, its code committed to by hash, into one file')
    .argument('[folder]', 'with module.toml and src/index.ts', '.')
    .option('--out <file>', 'instead of <name>-<version>.plugin')
    .action((folder: string, { out }: { out?: string }) => run.alone(() => pack(folder, out)));
  plugin
    .command('sign')
    .description('add the signature of one of its maintainers to a packed plugin')
    .argument('<file>', 'a .plugin file')
    .requiredOption('--key <name>', 'key of devnet key list, or development name')
    .action((file: string, { key }: { key: string }) => run.alone(options => sign(options, file, key)));
  plugin
    .command('inspect')
    .description('what a plugin is, asks for, and who signed it')
    .argument('<plugin>', 'a .plugin file, a folder, or the name of an installed one')
    .option('--trust <keys>', 'maintainers to trust besides: addresses, separated by commas')
    .action((name: string, flags: TrustFlags) => run.alone(options => inspect(options, name, flags)));
  plugin
    .command('list')
    .description('plugins in the directory of the devnet, and what its chain knows of them')
    .action(() => run.alone(list));
};

interface TrustFlags {
  readonly trust?: string;
}

async function pack(folder: string, out: string | undefined): Promise<Answer> {
  const { packPlugin, codeHash } = await kit();
  const { file, plugin } = await packPlugin(folder, out);
  const { name, version } = plugin.manifest;
  const hash = codeHash(plugin.code);
  return {
    value: { file, name, version, codeHash: hash, codeBytes: plugin.code.length },
    text: `${file}: ${name} ${version}, ${plugin.code.length} bytes of code, sha256 ${hash}`,
  };
}

async function sign({ dir }: GlobalOptions, file: string, key: string): Promise<Answer> {
  const { signPlugin, judgeSignatures } = await kit();
  const { localSigner } = await import('../signers.ts');
  const pair = await localSigner(key, dir);
  const { manifest } = await signPlugin(file, pair);
  const { signed, needed } = judgeSignatures(manifest, new Set());
  return {
    value: { file, signer: pair.address, signed, needed },
    text: `${file}: signed by ${signed.join(', ')}; ${needed} of ${manifest.signatures?.maintainers.length ?? 0} are needed`,
  };
}

async function inspect({ dir }: GlobalOptions, name: string, { trust = '' }: TrustFlags): Promise<Answer> {
  const { findPlugin, trustedKeys, judgeSignatures, codeHash } = await kit();
  const plugin = await findPlugin(name, dir);
  const approval = judgeSignatures(plugin.manifest, await trustedKeys(dir, trust));
  const { signatures, ...rest } = plugin.manifest;
  const maintainers = signatures?.maintainers.map(maintainer => ({
    name: maintainer.name,
    key: maintainer.public_key,
    signed: approval.signed.includes(maintainer.name),
    trusted: approval.trusted.includes(maintainer.name),
  }));
  const value = { ...rest, codeHash: codeHash(plugin.code), approval, maintainers: maintainers ?? [] };
  return { value, text: described(plugin, codeHash(plugin.code), approval) };
}

function described({ manifest, code }: Package, hash: string, approval: Approval): string {
  const rows: [string, string][] = [
    ['name', `${manifest.name} ${manifest.version}`],
    ['description', manifest.description],
    ['author', manifest.author],
    ['provides', manifest.provides === 'consensus' ? 'a consensus module' : 'a service'],
    [
      'isolation',
      manifest.requires === 'deterministic'
        ? 'T3, deterministic machine'
        : `${manifest.isolation} or stronger`,
    ],
    ['capabilities', manifest.capabilities.join(', ') || 'none'],
    ['needs', ranges(manifest.dependencies)],
    ['can use', ranges(manifest.optional_dependencies)],
    ['settings', Object.keys(manifest.config_schema).sort().join(', ')],
    ['code', `${manifest.entry_point}, ${code.length} bytes, sha256 ${hash}`],
    ['signatures', signatures(manifest, approval)],
  ];
  return table(
    ['', ''],
    rows.filter(([, text]) => text !== ''),
  );
}

const ranges = (dependencies: Manifest['dependencies']): string =>
  Object.entries(dependencies)
    .map(([name, range]) => `${name} ${range}`)
    .sort()
    .join(', ');

function signatures(manifest: Manifest, { signed, trusted, needed, approved }: Approval): string {
  if (manifest.signatures === undefined) return 'none asked for';
  const who = manifest.signatures.maintainers
    .map(
      ({ name }) =>
        `${name}: ${trusted.includes(name) ? 'signed, trusted' : signed.includes(name) ? 'signed, not trusted here' : 'not signed'}`,
    )
    .join('; ');
  return `${approved ? 'enough' : `not enough, ${needed} trusted needed`} (${who})`;
}

interface OnChain {
  readonly name: string;
  readonly id: number;
  readonly version: string;
  readonly status: string;
  /** Epoch. */
  readonly activeFrom: number;
}

async function list(options: GlobalOptions): Promise<Answer> {
  const { pluginsDirectory, discoverPlugins, codeHash } = await kit();
  const { dir } = options;
  const [discovered, known] = await Promise.all([
    discoverPlugins(pluginsDirectory(dir)),
    registered(options),
  ]);
  const value = discovered.map(found =>
    found.ok
      ? {
          name: found.plugin.manifest.name,
          version: found.plugin.manifest.version,
          provides: found.plugin.manifest.provides,
          codeHash: codeHash(found.plugin.code),
          directory: found.directory,
          problem: null,
          onChain: known?.filter(({ name }) => name === found.plugin.manifest.name) ?? null,
        }
      : {
          name: null,
          version: null,
          provides: null,
          codeHash: null,
          directory: found.directory,
          problem: found.error.message,
          onChain: null,
        },
  );
  const rows = value.map(({ name, version, provides, codeHash: hash, directory, problem, onChain }) =>
    problem === null
      ? [name ?? '', version ?? '', provides ?? '', hash?.slice(0, 18) ?? '', places(onChain ?? [])]
      : [directory, '', '', problem, ''],
  );
  const text =
    value.length === 0
      ? `no plugins in ${pluginsDirectory(dir)}`
      : table(['name', 'version', 'provides', 'code', 'on chain'], rows);
  return { value, text };
}

const places = (entries: readonly OnChain[]): string =>
  entries
    .map(({ id, version, status, activeFrom }) => `${id}: ${version} ${status}, from epoch ${activeFrom}`)
    .join('; ');

/** Consensus modules of the chain, in force and announced; null where no devnet runs. */
async function registered(options: GlobalOptions): Promise<readonly OnChain[] | null> {
  const { openContext } = await import('../context.ts');
  const { isRunning } = await import('../plugins/installed.ts');
  if (options.rpc === undefined && !isRunning(options.dir)) return null;
  const { client } = openContext(options);
  try {
    const entries = (await client.listConsensus()).flatMap(
      ({ id, name, version, status, activeFrom, upgrade }) => [
        { name, id, version, status: String(status), activeFrom },
        ...(upgrade === null
          ? []
          : [{ name, id, version: upgrade.version, status: 'pending', activeFrom: upgrade.activeFrom }]),
      ],
    );
    return entries;
  } finally {
    client.close();
  }
}
