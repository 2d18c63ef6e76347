/** `devnet plugin list | reload | release`: what each node of the devnet makes of its plugins. */
import type { Client } from '../../node/client/index.ts';
import type { PluginJson } from '../../node/client/wirePlugins.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import type { OnChain } from '../plugins/agreement.ts';
import type { Told } from '../plugins/nodes.ts';
import type { Register } from './types.ts';

/** Loaded when a command runs. */
const kit = async () => ({
  ...(await import('../plugins/agreement.ts')),
  ...(await import('../plugins/installed.ts')),
  ...(await import('../plugins/listed.ts')),
  ...(await import('../plugins/nodes.ts')),
});

export const registerHosted: Register = (plugin, run) => {
  plugin
    .command('list')
    .description('plugins of the devnet: what its chain knows of them, and which nodes have and run them')
    .action(() => run.alone(list));
  plugin
    .command('reload')
    .description('have the nodes look at the plugins directory again, and start a plugin anew')
    .argument('[name]', 'of the plugin; without it nothing that runs is touched')
    .action((name?: string) => run.withContext(context => reload(context, name)));
  plugin
    .command('release')
    .description('end the quarantine of a plugin that crashed too often, on all nodes')
    .argument('<name>', 'of the plugin')
    .action((name: string) => run.withContext(context => release(context, name)));
};

async function list(options: GlobalOptions): Promise<Answer> {
  const { pluginsDirectory, agreementText, tiersText, troubles, listPlugins } = await kit();
  const value = await listPlugins(options);
  if (value.length === 0) return { value, text: `no plugins in ${pluginsDirectory(options.dir)}` };
  const rows = value.map(({ name, version, provides, codeHash, directory, problem, onChain, nodes }) =>
    problem === null
      ? [
          name ?? '',
          version ?? '',
          provides ?? '',
          codeHash?.slice(0, 18) ?? '',
          (onChain ?? []).map(placeText).join('; '),
          agreementText(nodes ?? []),
          tiersText(nodes ?? []),
        ]
      : [directory ?? '', '', '', problem, '', '', ''],
  );
  const notes = value.flatMap(({ name, nodes }) => troubles(name ?? '', nodes ?? []));
  return {
    value,
    text: [
      table(['name', 'version', 'provides', 'code', 'on chain', 'code on nodes', 'isolation'], rows),
      ...new Set(notes),
    ].join('\n'),
  };
}

const placeText = ({ id, version, status, activeFrom }: OnChain): string =>
  `${id}: ${version} ${status}, from epoch ${activeFrom}`;

async function reload({ client }: Context, name: string | undefined): Promise<Answer> {
  const told = await onNodes(client, async node => {
    const plugins = await node.request('dev_pluginReload', { name });
    return plugins.filter(each => name === undefined || each.name === name);
  });
  return standing(told);
}

async function release({ client }: Context, name: string): Promise<Answer> {
  let released = 0;
  const told = await onNodes(client, async node => {
    const own = (await node.request('plugin_list', {})).filter(each => each.name === name);
    if (!own.some(({ state }) => state === 'quarantined')) return own;
    released++;
    return [await node.request('dev_pluginRelease', { name })];
  });
  if (released > 0) return standing(told);
  const states = told.flatMap(each =>
    each.ok ? each.value.map(({ state }) => `${state} on node ${each.index}`) : [],
  );
  throw states.length === 0
    ? new CliError('UNKNOWN_PLUGIN', `no node has a plugin ${name}`, 'devnet plugin list names them')
    : new CliError(
        'NOT_QUARANTINED',
        `${name} is in quarantine on no node: it is ${states.join(', ')}`,
        'devnet plugin reload starts a plugin anew that is in none',
      );
}

/** Throws what the first node said where none has done it. */
async function onNodes(
  client: Client,
  ask: (node: Client) => Promise<readonly PluginJson[]>,
): Promise<readonly Told<readonly PluginJson[]>[]> {
  const { askEach, nodesOf } = await kit();
  const { running } = await nodesOf(client);
  const told = await askEach(running, ask);
  const [first] = told;
  if (first?.ok === false && told.every(({ ok }) => !ok)) throw first.cause;
  return told;
}

/** One row per node and plugin. */
interface Row extends Pick<PluginJson, 'version' | 'reason' | 'restarts'> {
  readonly node: number;
  /** null where the node did not answer. */
  readonly name: string | null;
  readonly state: PluginJson['state'] | 'unasked';
}

function standing(told: readonly Told<readonly PluginJson[]>[]): Answer {
  const value = told.flatMap(rowsOf);
  const rows = value.map(({ node, name, version, state, reason, restarts }) => [
    `${node}`,
    `${name ?? ''} ${version ?? ''}`.trim(),
    state,
    `${restarts}`,
    reason ?? '',
  ]);
  return { value, text: table(['node', 'plugin', 'state', 'restarts', ''], rows, [0, 3]) };
}

function rowsOf(told: Told<readonly PluginJson[]>): readonly Row[] {
  const { index: node } = told;
  if (!told.ok)
    return [{ node, name: null, version: null, state: 'unasked', reason: told.reason, restarts: 0 }];
  return told.value.map(({ name, version, state, reason, restarts }) => ({
    node,
    name,
    version,
    state,
    reason,
    restarts,
  }));
}
