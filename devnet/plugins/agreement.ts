/** Who among the nodes has the code that the chain names, and how its processes are. */
import type { ConsensusInfo } from '../../node/client/index.ts';
import type { PluginJson } from '../../node/client/wirePlugins.ts';
import type { Told } from './nodes.ts';

/** Code that the chain has in force under an id, or that is announced for it. */
export interface OnChain {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly codeHash: string;
  readonly status: string;
  /** Epoch. */
  readonly activeFrom: number;
}

type Entry = Pick<
  ConsensusInfo,
  'id' | 'name' | 'version' | 'codeHash' | 'status' | 'activeFrom' | 'hasCode' | 'upgrade' | 'kind'
>;

/** What comes with devnet is on every node. */
export const pluginsOnChain = (known: readonly Entry[]): readonly OnChain[] =>
  known
    .filter(({ kind, upgrade }) => kind === 'plugin' || upgrade !== null)
    .flatMap(({ id, name, version, codeHash, status, activeFrom, upgrade }) => [
      { id, name, version, codeHash, status, activeFrom },
      ...(upgrade === null
        ? []
        : [
            {
              id,
              name,
              version: upgrade.version,
              codeHash: upgrade.codeHash,
              status: 'pending',
              activeFrom: upgrade.activeFrom,
            },
          ]),
    ]);

/** `other`: it runs, or waits for, other code there: it is at another height, or on another chain. */
export type Agreement = 'same' | 'missing' | 'other';

/** Whether a node has loaded this code, by what it says itself. */
export function agreementOf({ id, codeHash }: OnChain, told: readonly Entry[]): Agreement {
  const entry = told.find(one => one.id === id);
  const isPending = entry?.upgrade?.codeHash === codeHash || entry?.status === 'pending';
  if (entry === undefined || (entry.upgrade?.codeHash !== codeHash && entry.codeHash !== codeHash))
    return 'other';
  return (isPending ? entry.hasCode : entry.status !== 'missing') ? 'same' : 'missing';
}

export interface NodeView {
  readonly node: number;
  /** Why it did not answer; null if it did. */
  readonly unreachable: string | null;
  /** For each entry of the chain. */
  readonly code: readonly { readonly id: number; readonly codeHash: string; readonly agreement: Agreement }[];
  /** What the node says about the plugin; null where it knows none of this name. */
  readonly process: Pick<
    PluginJson,
    'state' | 'reason' | 'tier' | 'restarts' | 'errors' | 'lastError'
  > | null;
}

/** What one node said. */
export interface Answers {
  readonly consensus: readonly Entry[];
  readonly plugins: readonly PluginJson[];
}

/** How each node stands to the plugin of this name. */
export const viewsOf = (
  name: string,
  onChain: readonly OnChain[],
  told: readonly Told<Answers>[],
): readonly NodeView[] =>
  told.map(each => ({
    node: each.index,
    unreachable: each.ok ? null : each.reason,
    code: each.ok
      ? onChain.map(entry => ({
          id: entry.id,
          codeHash: entry.codeHash,
          agreement: agreementOf(entry, each.value.consensus),
        }))
      : [],
    process: each.ok ? processOf(name, onChain, each.value.plugins) : null,
  }));

/** One name can stand for what is in force, for what is to come, and for a version that only lies in the directory. */
function processOf(
  name: string,
  onChain: readonly OnChain[],
  plugins: readonly PluginJson[],
): NodeView['process'] {
  const own = plugins.filter(one => one.name === name);
  const inForce = onChain.find(({ status }) => status !== 'pending')?.codeHash;
  const found = own.find(({ codeHash }) => codeHash === inForce) ?? own.find(isUsed) ?? own[0];
  if (found === undefined) return null;
  const { state, reason, tier, restarts, errors, lastError } = found;
  return { state, reason, tier, restarts, errors, lastError };
}

const isUsed = ({ state }: PluginJson): boolean => state !== 'available';

/** In a cell of a table: the isolation that it has on the nodes. */
export const tiersText = (views: readonly NodeView[]): string =>
  [...new Set(views.flatMap(({ process }) => process?.tier ?? []))].sort().join(', ');

/** In a cell of a table: `2 same`, or the nodes that differ. */
export function agreementText(views: readonly NodeView[]): string {
  const odd = views.flatMap(({ node, unreachable, code }) => {
    const differing = code.filter(({ agreement }) => agreement !== 'same');
    const what =
      unreachable === null ? differing.map(each => `${each.agreement} (id ${each.id})`) : ['silent'];
    return what.length === 0 ? [] : [`node ${node}: ${what.join(', ')}`];
  });
  const same = views.filter(({ unreachable, code }) => unreachable === null && code.length > 0).length;
  if (odd.length > 0) return odd.join('; ');
  return same === 0 ? '' : `${same} same`;
}

/** States that need nobody. */
const WELL = ['running', 'starting', 'available'];

/** What people should know about the processes; nothing where all is well. */
export const troubles = (name: string, views: readonly NodeView[]): readonly string[] =>
  views.flatMap(({ node, unreachable, process }) => {
    if (unreachable !== null) return [`node ${node} does not answer: ${unreachable}`];
    if (process === null) return [];
    const { state, reason, restarts, lastError } = process;
    const again = restarts === 0 ? '' : `, started ${restarts} times again`;
    const error = lastError === null || lastError === reason ? '' : `; last error: ${lastError}`;
    const hint = state === 'quarantined' ? `; devnet plugin release ${name} ends that` : '';
    if (WELL.includes(state) && restarts === 0) return [];
    return [
      `node ${node}: ${name} is ${state}${reason === null ? '' : ` (${reason})`}${again}${error}${hint}`,
    ];
  });
