import type { Approval, Manifest, Package } from '../../node/package/index.ts';
import type { GlobalOptions } from '../context.ts';
import { type Answer, table } from '../output.ts';
import { registerAuthoring } from './authoring.ts';
import { registerDeveloping } from './developing.ts';
import { registerHosted } from './hosted.ts';
import { registerInstalling } from './installing.ts';
import type { Register } from './types.ts';

/** Loaded when a plugin command runs. */
const kit = async () => ({
  ...(await import('../../node/package/index.ts')),
  ...(await import('../plugins/package.ts')),
  ...(await import('../plugins/installed.ts')),
  ...(await import('../plugins/trusted.ts')),
});

export const registerPlugins: Register = (program, run) => {
  const plugin = program.command('plugin').description('consensus modules and services of your own');
  registerAuthoring(plugin, run);
  registerDeveloping(plugin, run);
  registerPackages(plugin, run);
  registerInstalling(plugin, run);
  registerHosted(plugin, run);
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
