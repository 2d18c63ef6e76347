/** Who an address is: development accounts, modules, validators. */
import { computed, signal } from '@preact/signals';
import { listModules } from '../../node/client/actions/listModules.ts';
import type { ModuleInfo } from '../../node/client/results.ts';
import type { NamedAccount } from '../../node/client/wireCluster.ts';
import { nodes } from './live.ts';
import { gateway } from './transport.ts';

export const people = signal<readonly NamedAccount[]>([]);
export const modules = signal<readonly ModuleInfo[]>([]);

/** A devnet for people has fewer; what has more is listed up to here. */
const MOST_MODULES = 500;
const PAGE = 100;

export const validators = computed(() =>
  nodes.value.flatMap(({ info, status }) =>
    info?.validator == null ? [] : [{ name: `validator ${status.index}`, address: info.validator }],
  ),
);

export const names = computed<ReadonlyMap<string, string>>(
  () =>
    new Map([
      ...modules.value.map(({ address, alias }) => [address, alias] as const),
      ...[...people.value, ...validators.value].map(({ address, name }) => [address, name] as const),
    ]),
);

export const aliases = computed<ReadonlyMap<number, string>>(
  () => new Map(modules.value.map(({ id, alias }) => [id, alias])),
);

export async function refreshNames(): Promise<void> {
  if (people.value.length === 0) people.value = await gateway.request('dev_accounts', {});
  const found: ModuleInfo[] = [];
  for (;;) {
    const after = found.at(-1)?.id;
    const page = await listModules(gateway, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    found.push(...page);
    if (page.length < PAGE || found.length >= MOST_MODULES) break;
  }
  modules.value = found;
}
