/**
 * Routers: parents that let their linked children do the work (seed 0, "example of module trees").
 *
 * The revenue enters at the parent, and the profit shares of the links pay the children when the epoch is settled. So
 * the parent charges its callers, and calls its children at a price of zero with its own key: paying them per call too
 * would pay them twice. Children keep others from using what they give away with `allow` in the function's definition.
 *
 * @example
 * const modules = await createModuleClient({ key: parentKey, client });
 * const send = replicas({ modules, children: linkedChildren(client, 'router', 'replica') });
 * const functions = { ask: { price: 1_000n, run: (params: object) => send('work', params) } };
 */
import type { LinkKind } from '../consensus/interface/index.ts';
import type { Chain } from './chain.ts';
import type { ModuleClient } from './client/client.ts';
import { ModuleError, messageOf } from './errors.ts';
import type { Json } from './protocol/index.ts';

/** Module ids, aliases, addresses or URLs. */
export type Children = () => Promise<readonly (string | number)[]>;

export interface RouterOptions {
  /** A client with the parent's key. */
  readonly modules: ModuleClient;
  readonly children: Children;
}

export type Send = (fn: string, params: object) => Promise<Json>;

const CHILDREN_MS = 2_000;

/** The children with an active link of a kind, asked of the chain at most every two seconds. */
export function linkedChildren(chain: Chain, parent: string | number, kind: LinkKind): Children {
  let asked = 0;
  let known: Promise<readonly number[]> | null = null;
  return () => {
    if (known !== null && Date.now() - asked < CHILDREN_MS) return known;
    asked = Date.now();
    const fresh = chain
      .getLinkChildren({ module: parent })
      .then(links =>
        links.filter(link => link.kind === kind && link.status === 'active').map(({ child }) => child),
      );
    known = fresh;
    fresh.catch(() => {
      known = null;
    });
    return fresh;
  };
}

/** A replica set: each call goes to the next child; a child that does not serve it is passed over. */
export function replicas({ modules, children }: RouterOptions): Send {
  let turn = 0;
  return async (fn, params) => {
    const set = await childrenOf(children);
    const start = turn++;
    const failures: string[] = [];
    for (let step = 0; step < set.length; step++) {
      const child = set[(start + step) % set.length] ?? 0;
      try {
        return (await modules.call(child, fn, params, { maxUsage: 0n })).result;
      } catch (error) {
        failures.push(`${child}: ${messageOf(error)}`);
      }
    }
    throw noChildren(`no replica served ${fn} (${failures.join('; ')})`);
  };
}

export interface Candidate {
  readonly child: string | number;
  readonly result: Json;
}

/** A subnet: all children compete for each call, and `choose` picks from the answers that came. */
export function subnet(
  options: RouterOptions & { readonly choose: (answers: readonly Candidate[]) => Json },
): Send {
  const { modules, children, choose } = options;
  return async (fn, params) => {
    const set = await childrenOf(children);
    const outcomes = await Promise.allSettled(
      set.map(async child => ({
        child,
        result: (await modules.call(child, fn, params, { maxUsage: 0n })).result,
      })),
    );
    const answers = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    if (answers.length > 0) return choose(answers);
    const failures = outcomes.flatMap(outcome =>
      outcome.status === 'rejected' ? [messageOf(outcome.reason)] : [],
    );
    throw noChildren(`no child of the subnet served ${fn} (${failures.join('; ')})`);
  };
}

async function childrenOf(children: Children): Promise<readonly (string | number)[]> {
  const set = await children();
  if (set.length === 0) throw noChildren('the router has no active children');
  return set;
}

const noChildren = (message: string): ModuleError =>
  new ModuleError(
    'NO_CHILDREN',
    message,
    'link children with devnet link propose and accept, and start their servers',
  );
