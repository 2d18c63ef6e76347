import type { Package } from '../../node/package/index.ts';
import { parseTokens } from '../amount.ts';
import type { GlobalOptions } from '../context.ts';
import { usageError } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import type { Answer } from '../output.ts';
import { withProgress } from '../progress.ts';
import { paramsOf } from './params.ts';
import type { Register } from './types.ts';

/** Loaded when the command runs. */
const kit = async () => ({
  ...(await import('../../node/package/index.ts')),
  ...(await import('../plugins/package.ts')),
  ...(await import('../plugins/installed.ts')),
  ...(await import('../plugins/trusted.ts')),
  ...(await import('../plugins/install.ts')),
  ...(await import('../plugins/activation.ts')),
});

interface InstallFlags {
  readonly trust?: string;
  readonly id?: string;
  readonly fromEpoch?: string;
  readonly params?: string;
  readonly mintCap?: string;
  readonly allowUnsigned?: boolean;
  readonly wait?: boolean;
}

export const registerInstalling: Register = (plugin, run) => {
  plugin
    .command('install')
    .description('give a packed plugin to the nodes; a consensus module is announced on the chain that runs')
    .argument('<file>', 'a .plugin file')
    .option('--id <n>', 'consensus id (default: that of the same name, else the lowest free one)')
    .option('--from-epoch <e>', 'in force from this epoch on (default: the next one)')
    .option('--params <json>', 'parameters of a new consensus module (default: {})')
    .option(
      '--mint-cap <tokens>',
      'what it may mint in one epoch (default: what the version before may, else 0)',
    )
    .option('--allow-unsigned', 'although not enough maintainers who are trusted here have signed it')
    .option('--trust <keys>', 'maintainers to trust besides: addresses, separated by commas')
    .option('--wait', 'until it is in force')
    .addHelpText(
      'after',
      '\nExample:\n  devnet plugin install tip-jar.plugin --params \'{"burned":100}\' --allow-unsigned',
    )
    .action((file: string, flags: InstallFlags) => run.alone(options => install(options, file, flags)));
};

async function install(options: GlobalOptions, file: string, flags: InstallFlags): Promise<Answer> {
  const { dir } = options;
  const { readPackage, requireApproval, trustedKeys, pluginsDirectory, writePlugin, codeHash } = await kit();
  const plugin = await readPackage(file);
  const { name, version, provides } = plugin.manifest;
  const { approved } = requireApproval(
    plugin,
    await trustedKeys(dir, flags.trust ?? ''),
    flags.allowUnsigned === true,
  );
  const about = { name, version, provides, codeHash: codeHash(plugin.code), approved };
  if (provides === 'consensus') return announced(options, plugin, flags, about);
  refuseConsensusFlags(name, flags);
  const directory = await writePlugin(pluginsDirectory(dir), plugin);
  return {
    value: { ...about, directory },
    text: `${name} ${version} is in ${directory}; nodes that run start it by themselves`,
  };
}

async function announced(
  options: GlobalOptions,
  plugin: Package,
  flags: InstallFlags,
  about: object,
): Promise<Answer> {
  const { announce, untilKnown, pluginsDirectory } = await kit();
  const { openContext } = await import('../context.ts');
  const { name, version } = plugin.manifest;
  const wishes = wishesOf(flags);
  const { client } = openContext(options);
  try {
    const { done, status } = await withProgress(`announcing ${name} ${version}`, async say => {
      const done = await announce(client, pluginsDirectory(options.dir), plugin, wishes);
      const wanted = flags.wait === true ? 'active' : 'announced';
      if (wanted === 'active') say(`waiting for epoch ${done.activeFrom}, in which it comes into force`);
      return { done, status: await untilKnown(client, plugin, done, wanted) };
    });
    const from = status === 'active' ? 'in force' : `in force from epoch ${done.activeFrom} on`;
    return {
      value: { ...about, ...done, status },
      text: `${name} ${version} ${done.isUpgrade ? 'upgrades' : 'has'} consensus id ${done.id}, ${from}`,
    };
  } finally {
    client.close();
  }
}

const wishesOf = ({ id, fromEpoch, params, mintCap }: InstallFlags) => ({
  id: id === undefined ? undefined : wholeNumber(id),
  from: fromEpoch === undefined ? undefined : wholeNumber(fromEpoch),
  params: paramsOf(params),
  mintCap: mintCap === undefined ? undefined : parseTokens(mintCap),
});

function refuseConsensusFlags(name: string, { id, fromEpoch, params, mintCap, wait }: InstallFlags): void {
  if ([id, fromEpoch, params, mintCap, wait].every(flag => flag === undefined)) return;
  throw usageError(
    `${name} is a service: --id, --from-epoch, --params, --mint-cap and --wait are for consensus modules`,
    `settings of a service stand in [plugins.${name}] of devnet.toml`,
  );
}
