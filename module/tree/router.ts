/** What replica sets and subnets have in common: where they get their children from, and how they are served. */
import type { KeyPair } from '../../chain/index.ts';
import type { LinkKind } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';
import type { ModuleClient } from '../client/client.ts';
import { ModuleError } from '../errors.ts';
import type { Json } from '../protocol/index.ts';
import type { CallContext, CallDefinition, FunctionTerms } from '../server/definition.ts';
import type { ModuleHost } from '../server/host.ts';
import type { Log } from '../server/site.ts';
import { type Child, type Children, openChildren } from './children.ts';
import { borrowClient } from './clients.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Random, seeded, systemRandom } from './random.ts';

export interface RouterOptions {
  /** Which links it follows. */
  readonly kind?: LinkKind | undefined;
  /**
   * Milliseconds that one child gets for one call; 10,000 when absent. What the caller still waits bounds it, too.
   */
  readonly tryMs?: number | undefined;
  /** A child that was not heard of for so many milliseconds is probed; 5,000 when absent. */
  readonly probeMs?: number | undefined;
  /** Makes its choices the same in each run. */
  readonly seed?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** What the caller of a router allows. */
export interface Bounds {
  /** When its answer must be there, on this machine's clock in milliseconds. */
  readonly deadline?: number | undefined;
  /** The caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

export interface ServeTerms extends Omit<FunctionTerms, 'open'> {
  /** The function of the children; that of the parent when absent. */
  readonly fn?: string | undefined;
}

/** A router without the way in which it chooses. */
export interface Router {
  /** A function of the parent that its children answer. Part of a module's definition. */
  serve(terms: ServeTerms): CallDefinition;
  /** The same for a program of one's own, between `open` and what that resolves with. */
  call(fn: string, params: object, bounds?: Bounds): Promise<Json>;
  /** Begins to follow the children. Functions that are served do it by themselves. Resolves with what ends it. */
  open(host: ModuleHost): Promise<() => Promise<void>>;
  /** Looks at the chain now; else it hears of changes. */
  refresh(): Promise<void>;
  children(): Child[];
}

/** An open router: what a way of choosing works with. */
export interface Site {
  readonly children: Children;
  readonly chain: Chain;
  readonly key: KeyPair;
  readonly modules: ModuleClient;
  readonly dir: string | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tryMs: number;
}

export interface Request {
  readonly fn: string;
  readonly params: object;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

const TRY_MS = 10_000;
const PROBE_MS = 5_000;
/** For programs that give no deadline. */
const CALL_MS = 30_000;
/** What a parent keeps of its time for its own answer, so that a child's named error arrives before time is over. */
const HOP_MS = 25;

/** A router with a way of answering. `opened` hears of its beginning and returns what its end needs. */
export function createRouter(
  options: RouterOptions & { readonly kind: LinkKind },
  answer: (site: Site, request: Request) => Promise<Json>,
  opened: (site: Site) => Promise<() => Promise<void>> = async () => async () => undefined,
): Router {
  const { kind, tryMs = TRY_MS, probeMs = PROBE_MS, seed, clock = systemClock } = options;
  const random = seed === undefined ? systemRandom : seeded(seed);
  let site: Site | null = null;
  let users = 0;
  let address = '';
  let opening: Promise<() => Promise<void>> | null = null;

  async function begin(host: ModuleHost): Promise<() => Promise<void>> {
    const { key, chain, dir, log } = host;
    const [modules, giveBack] = await borrowClient(host);
    const children = await openChildren({
      chain,
      modules,
      address: key.address,
      kinds: [kind],
      log,
      clock,
      random,
      probeMs,
    }).catch(async error => {
      await giveBack();
      throw error;
    });
    const made: Site = { children, chain, key, modules, dir, clock, random, log, tryMs };
    const end = await opened(made).catch(async error => {
      await children.stop();
      await giveBack();
      throw error;
    });
    site = made;
    return async () => {
      site = null;
      await end();
      await children.stop();
      await giveBack();
    };
  }

  async function open(host: ModuleHost): Promise<() => Promise<void>> {
    // Several functions of one module share the router.
    if (users > 0 && address !== host.key.address)
      throw new ModuleError(
        'DEFINITION_INVALID',
        `the router serves ${address} already, and cannot serve ${host.key.address}`,
        'make one router for each module',
      );
    users++;
    address = host.key.address;
    opening ??= begin(host);
    const mine = opening;
    return mine.then(
      end => async () => {
        if (--users > 0) return;
        opening = null;
        await end();
      },
      error => {
        users--;
        opening = null;
        throw error;
      },
    );
  }

  const here = (): Site => {
    if (site !== null) return site;
    throw new ModuleError('NOT_OPEN', 'the router follows no children yet', 'serve it, or open it first');
  };

  const call = (fn: string, params: object, { deadline, signal }: Bounds = {}): Promise<Json> =>
    answer(here(), { fn, params, deadline: (deadline ?? clock.now() + CALL_MS) - HOP_MS, signal });

  return {
    open,
    call,
    serve: ({ fn, ...terms }) => ({
      ...terms,
      open,
      run: (params, context: CallContext) =>
        call(fn ?? context.fn, params as object, { deadline: context.deadline, signal: context.signal }),
    }),
    refresh: () => here().children.refresh(),
    children: () => site?.children.all() ?? [],
  };
}
