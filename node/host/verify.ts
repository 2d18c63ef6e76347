/** Which of the plugins on disk may run on this node, and why the others may not. None of their code runs here. */
import type { Account, Capability, Hex } from '../../consensus/interface/index.ts';
import { IsolationError, type IsolationReport, tierFor } from '../isolation/index.ts';
import {
  type Approval,
  codeHash,
  type Discovered,
  judgeSignatures,
  loadOrder,
  type Manifest,
  PackageError,
  type PluginSettings,
  pluginSettings,
  type Tier,
} from '../package/index.ts';
import { HostError } from './errors.ts';

export interface PluginPolicy {
  /** Whose signatures count. */
  readonly trusted: ReadonlySet<Account>;
  /** What becomes of a plugin that not enough of them have signed. */
  readonly unsigned: 'allow' | 'refuse';
  /** By plugin. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What this machine can give. */
  readonly isolation: IsolationReport;
  /** What the operator demands for every plugin. */
  readonly minimum: Tier | undefined;
  /** The version of this node, for `devnet` among the dependencies. */
  readonly version: string;
}

export interface Verified {
  readonly directory: string;
  readonly manifest: Manifest;
  /** The text that `manifest` was read from. */
  readonly source: string;
  readonly code: Uint8Array;
  /** sha256 of the code: what the chain pins, and the id of a loaded plugin. */
  readonly codeHash: Hex;
  readonly approval: Approval;
  readonly settings: PluginSettings;
  /** The isolation that it runs in. */
  readonly tier: Tier;
}

export interface Refused {
  readonly directory: string;
  /** What it says of itself; null where that cannot be read. */
  readonly manifest: Manifest | null;
  readonly error: PackageError | HostError | IsolationError;
}

export interface Judged {
  /** Each comes after all that it depends on. */
  readonly verified: readonly Verified[];
  readonly refused: readonly Refused[];
}

/** What a service can use; the other capabilities belong to consensus modules. */
export const SERVICE_CAPABILITIES: readonly Capability[] = [
  'read_blockchain',
  'subscribe_events',
  'governance_vote',
  'send_transactions',
  'communication',
];

export function judgePlugins(discovered: readonly Discovered[], policy: PluginPolicy): Judged {
  const verified: Verified[] = [];
  const refused: Refused[] = [];
  for (const found of discovered) {
    if (!found.ok) refused.push({ directory: found.directory, manifest: null, error: found.error });
    else attempt(found.plugin.manifest, found.directory, refused, () => verified.push(judge(found, policy)));
  }
  return ordered(verified, refused, policy.version);
}

function judge(
  { directory, plugin: { manifest, source, code } }: Extract<Discovered, { ok: true }>,
  { trusted, unsigned, settings, isolation, minimum }: PluginPolicy,
): Verified {
  const { name, version } = manifest;
  const approval = judgeSignatures(manifest, trusted);
  if (!approval.approved && unsigned === 'refuse')
    throw new HostError('UNSIGNED', `${name} ${version} is not approved here: ${shortage(approval)}`);
  if (manifest.payment?.required === true)
    throw new HostError(
      'PAYMENT_REQUIRED',
      `${name} ${version} asks for ${manifest.payment.price} base units, which this node cannot pay`,
    );
  const unfit = manifest.capabilities.find(each => !SERVICE_CAPABILITIES.includes(each));
  if (manifest.provides === 'service' && unfit !== undefined)
    throw new HostError('CAPABILITY_UNFIT', `${name} ${version} is a service and asks for ${unfit}`);
  return {
    directory,
    manifest,
    source,
    code,
    codeHash: codeHash(code),
    approval,
    settings: pluginSettings(manifest, settings[name] ?? {}),
    tier: tierFor(manifest, isolation, minimum),
  };
}

export const shortage = ({ signed, trusted, needed }: Approval): string =>
  needed === 0
    ? 'nobody signed it'
    : `${trusted.length} of ${needed} signatures are of keys that are trusted here` +
      (signed.length > trusted.length ? ` (signed by ${signed.join(', ')})` : '');

/** In the order of loading; what cannot be ordered is refused alone, with all that depends on it. */
function ordered(verified: readonly Verified[], refused: Refused[], version: string): Judged {
  for (let left = verified; ; ) {
    const manifests = left.map(({ manifest }) => manifest);
    const fit = left.filter(plugin =>
      attempt(plugin.manifest, plugin.directory, refused, () =>
        loadOrder(withDependencies(plugin.manifest, manifests), version),
      ),
    );
    if (fit.length === left.length) {
      const order = loadOrder(manifests, version);
      const byManifest = new Map(fit.map(plugin => [plugin.manifest, plugin]));
      return { verified: order.flatMap(manifest => byManifest.get(manifest) ?? []), refused };
    }
    left = fit;
  }
}

/** A plugin and all that it reaches by its dependencies, as far as it is there. */
function withDependencies(manifest: Manifest, all: readonly Manifest[]): Manifest[] {
  const reached = new Set([manifest]);
  for (const each of reached)
    for (const name of [...Object.keys(each.dependencies), ...Object.keys(each.optional_dependencies)]) {
      const found = all.find(other => other.name === name);
      if (found !== undefined) reached.add(found);
    }
  return [...reached];
}

/** Whether the work succeeded; what is wrong with the plugin is kept. */
function attempt(manifest: Manifest, directory: string, refused: Refused[], work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof PackageError || error instanceof HostError || error instanceof IsolationError))
      throw error;
    refused.push({ directory, manifest, error });
    return false;
  }
}
