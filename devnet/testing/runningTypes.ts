/** A chain of real nodes as a test sees it. */
import type { KeyPair, OrdinaryCall } from '../../chain/index.ts';
import type { ModuleClient, ModuleClientOptions, ModuleServer, ServeOptions } from '../../module/index.ts';
import type { Client } from '../../node/client/index.ts';
import type { ChainOptions, PEOPLE } from './setup.ts';
import type { Chain, ChainView, Receipt, RegisterOptions } from './types.ts';

/** Whom a chain has when its options name nobody. */
export type Person = (typeof PEOPLE)[number];

export interface RunningOptions<Name extends string = Person>
  extends Omit<ChainOptions, 'accounts' | 'checkInvariants'> {
  /** Names, each with `balance` of base units; alice to ferdie without it. A table names the balance of each. */
  readonly accounts?: readonly Name[] | Readonly<Record<Name, bigint>>;
  /** Nodes, all of them validators; 4 without it, so that one may be away. */
  readonly nodes?: number;
  /** `auto` (a block when there is something to put in it) without it, `manual`, or milliseconds between blocks. */
  readonly blockTime?: 'auto' | 'manual' | number;
  /** What the nodes write into their logs, `<directory>/nodes/<index>/node.log`; `warn` without it. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Keeps stores and logs there after the end. A folder that is removed, without it. */
  readonly directory?: string;
  /** Runs once; each test begins with what it left. */
  readonly setup?: (chain: RunningChain<Name>) => unknown;
}

/** The verbs of the chain without nodes that end with a block. */
type Blocks =
  | 'call'
  | 'transfer'
  | 'submit'
  | 'setBalance'
  | 'mine'
  | 'advanceEpoch'
  | 'increaseTime'
  | 'registerModule'
  | 'link'
  | 'stake'
  | 'unstake'
  | 'reserve'
  | 'thaw'
  | 'snapshot'
  | 'revert';

/** Resolves once a block with it is final, and programs that ask `url` see it. */
type Later<Verb> = Verb extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Result>
  : never;

export interface ModuleTerms
  extends Pick<ServeOptions, 'functions' | 'links' | 'description' | 'limits' | 'now' | 'log'>,
    Omit<RegisterOptions, 'prices' | 'url'> {}

/** A module that is registered, and served in the process of the test. */
export interface ServedModule {
  readonly id: number;
  readonly alias: string;
  readonly key: KeyPair;
  readonly url: string;
  /** What serves it; another one in each test if it began in the setup. */
  readonly server: ModuleServer;
}

export interface OnLinks {
  /** Two nodes; all links without it. */
  readonly between?: readonly [number, number];
}

/**
 * Nodes with a gateway in front of them, all in the process of the test, with the verbs of {@link Chain}. A program under
 * test is given `url`. People, modules and consensus modules are named as there; every name has a key.
 */
export interface RunningChain<Name extends string = Person>
  extends ChainView,
    Readonly<{ [Verb in Blocks]: Later<Chain[Verb]> }> {
  /** Where programs reach it, by HTTP; it does not change from test to test. */
  readonly url: string;
  /** The same by WebSocket. */
  readonly ws: string;
  readonly client: Client;
  /** The people of the options, ready to sign. */
  readonly accounts: { readonly [Each in Name]: KeyPair };
  /** Of stores and logs. */
  readonly directory: string;

  /** The key of any name: that of the development path `//Name`. */
  key(who: string): KeyPair;
  /** Where one node answers by itself. Throws for a node that does not run. */
  urlOf(node: number): string;
  /** A call in the name of an account that signs nothing. */
  impersonate(who: string, call: OrdinaryCall): Promise<Receipt>;

  /** Registers a module and serves it until the test ends. Its prices hold from the next epoch on. */
  serveModule(who: string, terms: ModuleTerms): Promise<ServedModule>;
  /** Calls modules in somebody's name, until the test ends. */
  moduleClient(
    who: string,
    options?: Omit<ModuleClientOptions, 'key' | 'client' | 'dir' | 'shared'>,
  ): Promise<ModuleClient>;

  /** Nodes of different groups do not reach each other; those that are not named form one more group. */
  partition(...groups: readonly (readonly number[])[]): Promise<void>;
  /** Milliseconds that messages between nodes take, each way. */
  latency(ms: number, options?: OnLinks & { readonly jitter?: number }): Promise<void>;
  /** Percent of the messages between nodes that get lost. */
  loss(percent: number, options?: OnLinks): Promise<void>;
  /** Ends all faults between nodes, and resolves when they know the same block. */
  heal(): Promise<void>;
  /** The node is gone at once, with its RPC; what it had committed stays. */
  kill(node: number): Promise<void>;
  /** Starts it again, and resolves when it knows what the others know. */
  restart(node: number): Promise<void>;
  /** Resolves when all nodes that can reach each other know the same block. */
  settled(): Promise<void>;
}

/** A chain without a test runner that makes it clean and stops it. */
export interface StartedChain<Name extends string = Person> extends RunningChain<Name> {
  /** As it was after the setup: state, faults, nodes, modules. Heights, nonces and time go on. */
  clean(): Promise<void>;
  /** Ends everything; nothing of it is left. */
  stop(): Promise<void>;
}
