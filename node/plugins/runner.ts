/** Drives the kernel: modules in this process answer at once, those in processes of their own through a session. */
import {
  type Answer,
  type Ask,
  type Asking,
  actOf,
  answeredHere,
  answerOf,
  type BlockInput,
  type BlockLimits,
  blockExecution,
  type CallOf,
  type CheckedTransaction,
  type Code,
  chainError,
  codeAt,
  type Execution,
  type Genesis,
  type GenesisState,
  genesisExecution,
  listConsensus,
  type Mechanisms,
  ModuleFault,
  mechanismsIn,
  ownCheck,
  type Selection,
  type SignedTransaction,
  type State,
  type TransactionChecks,
  transactionChecks,
  transactionSelection,
  viewOf,
} from '../../chain/index.ts';
import {
  type BlockInfo,
  type ConsensusModule,
  decode,
  encode,
  type Hex,
  type View,
} from '../../consensus/interface/index.ts';
import { codeForNext, missingCode, type WantedCode } from '../mechanisms.ts';
import { PluginError } from './errors.ts';
import { createExaminer, type Examiner } from './examine.ts';
import { answerOfResult, callsOf, ownJob } from './jobs.ts';
import type { CodeLoader } from './load.ts';
import { type Plugin, pause } from './plugin.ts';
import { Session } from './session.ts';
import { answerWatched, readsOf, type Watch } from './watch.ts';

export interface Runner {
  /** In force in a state, by consensus id; a module that runs elsewhere declares all and runs nothing. */
  mechanisms(state: State): Mechanisms;
  /** The same for the calls of a past block, as far as that code was loaded since this node started. */
  mechanismsAt(state: State, height: number): Mechanisms;
  /** Makes sure of the code that the next block on top of a state needs. Throws NodeError CONSENSUS_CODE_MISSING. */
  ready(state: State, block: { readonly height: number; readonly time: number }): Promise<void>;
  /** The same, for as long as work lasts: code of the past is ended when nobody needs it. */
  during<T>(
    state: State,
    block: { readonly height: number; readonly time: number },
    work: () => Promise<T>,
  ): Promise<T>;
  /** Code that is not loaded yet. Throws NodeError CONSENSUS_CODE_MISSING, and PluginError. */
  load(wanted: readonly WantedCode[]): Promise<void>;
  /** The same for one, and what it says of itself. */
  describe(wanted: WantedCode): Promise<ConsensusModule>;
  /** Ends the processes of all other code, but for what {@link Runner.during} needs, when they are not asked anything. */
  keep(wanted: readonly WantedCode[]): Promise<void>;
  readonly plugins: readonly Plugin[];
  /** Why code could not be loaded when it was last tried, by its hash. */
  readonly refusals: ReadonlyMap<Hex, string>;
  /** As `executeBlock`; throws what that throws. A plugin without an answer is a ModuleFault caused by a PluginError. */
  execute(state: State, input: BlockInput, options?: RunOptions): Promise<Execution>;
  /** As `selectTransactions`. */
  select(
    state: State,
    input: BlockInput,
    limits?: Partial<BlockLimits>,
    options?: RunOptions,
  ): Promise<Selection>;
  /** As `genesisState`. */
  genesis(genesis: Genesis): Promise<GenesisState>;
  /** As `transactionChecks`; what the code says a call weighs comes along where it runs elsewhere. */
  checks(signed: SignedTransaction, chainId: string, mechanisms: Mechanisms): Promise<TransactionChecks>;
  /** The encoded result of a query at a state; rejects with what its code threw. */
  query(
    consensus: number,
    query: { readonly name: string; readonly args: Uint8Array },
    state: State,
    block: BlockInfo,
  ): Promise<Uint8Array>;
  /**
   * Does what must be done until every plugin answers, with pauses in between: a decided block cannot be refused. Only
   * the end of the node ends it early.
   */
  insist<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface RunOptions {
  /** False for a try that no block will hold, and for a block of the past. */
  readonly keeps?: boolean;
  readonly watch?: Watch | undefined;
}

/** Milliseconds between two tries to execute a decided block. */
const INSIST_PAUSE = 1_000;

/** Code that is loaded as a chain asks for it; see {@link CodeLoader}. */
type Loader = Pick<CodeLoader, 'load' | 'hold' | 'keep' | 'close' | 'refusals'>;

/** For a chain whose code is all there. */
const allThere = (plugins: Iterable<Plugin>): Loader => ({
  refusals: new Map(),
  load: async () => undefined,
  hold: async () => () => undefined,
  keep: async () => undefined,
  close: async () => void (await Promise.all(Array.from(plugins, plugin => plugin.close()))),
});

export function createRunner(
  code: Code,
  plugins: Iterable<Plugin> = [],
  loader: Loader = allThere(plugins),
): Runner {
  const examiners = new WeakMap<Plugin, Examiner>();
  const inForce = new WeakMap<State, Mechanisms>();
  const closing = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();

  /** One block at a time: a process holds the jobs of one. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch((error: unknown) => error);
    return result;
  }

  /** Where a module runs elsewhere, what is known of it here is what its process told. */
  const pluginOf = (id: number, module: ConsensusModule | undefined): Plugin | undefined => {
    for (const plugin of plugins) if (plugin.consensus === id && plugin.shell === module) return plugin;
    return undefined;
  };

  async function drive<T>(asking: Asking<T>, context: DriveContext): Promise<T> {
    const { watch } = context;
    if (isEmpty(plugins) && watch === undefined) return answeredHere(asking, code);
    return inTurn(async () => {
      const sessions = new Map<Plugin, Session>();
      let step = asking.next();
      while (step.done !== true) {
        const ask = step.value;
        const { consensus } = ask.place;
        const plugin = pluginOf(consensus, code.get(consensus, ask.code));
        const answer =
          plugin === undefined
            ? answerHere(ask, code, watch)
            : await answerElsewhere(ask, sessionOf(sessions, plugin, ask, context), watch);
        step = asking.next(answer);
      }
      return step.value;
    });
  }

  function mechanisms(state: State): Mechanisms {
    const known = inForce.get(state);
    if (known !== undefined) return known;
    const found = mechanismsIn(state, code);
    // Code that is missing may still come.
    if (found.size === listConsensus(state).length) inForce.set(state, found);
    return found;
  }

  function examinerOf(plugin: Plugin): Examiner {
    const known = examiners.get(plugin) ?? createExaminer(plugin);
    examiners.set(plugin, known);
    return known;
  }

  async function ready(state: State, { height, time }: Pick<BlockInput, 'height' | 'time'>): Promise<void> {
    await loader.load(codeForNext(state, height, time));
  }

  const during: Runner['during'] = async (state, { height, time }, work) => {
    const release = await loader.hold(codeForNext(state, height, time));
    try {
      return await work();
    } finally {
      release();
    }
  };

  return {
    mechanisms,
    mechanismsAt: (state, height) => mechanismsBefore(state, height, code),
    get plugins() {
      return [...plugins];
    },
    refusals: loader.refusals,
    ready,
    during,
    load: loader.load,
    async describe(wanted) {
      await loader.load([wanted]);
      const module = code.get(wanted.id, wanted);
      if (module === undefined) throw missingCode(wanted, 'this node does not have it');
      return module;
    },
    keep: wanted => inTurn(() => loader.keep(wanted)),
    async execute(state, input, { keeps = true, watch } = {}) {
      const context = { transactions: input.transactions, keeps, watch };
      return during(state, input, () => drive(blockExecution(state, input, code), context));
    },
    async select(state, input, limits = {}, { keeps = true, watch } = {}) {
      const context = { transactions: input.transactions, keeps, watch };
      return during(state, input, () => drive(transactionSelection(state, input, code, limits), context));
    },
    async genesis(genesis) {
      await loader.load(genesis.consensus);
      return drive(genesisExecution(genesis, code), { transactions: [], keeps: false });
    },
    async checks(signed, chainId, mechanisms) {
      const { call, sender } = actOf(signed.transaction);
      const plugin =
        call.kind === 'call' ? pluginOf(call.consensus, mechanisms.get(call.consensus)) : undefined;
      if (call.kind !== 'call' || plugin === undefined) return transactionChecks(signed, mechanisms, chainId);
      requireMethod(mechanisms, call);
      const { checks, ...facts } = await examinerOf(plugin).examine({ chainId, sender, call });
      return { own: ownCheck(signed), call: checks, ...facts };
    },
    async query(consensus, { name, args }, state, block) {
      const module = mechanisms(state).get(consensus);
      const plugin = pluginOf(consensus, module);
      if (plugin === undefined) return queryHere(module, { name, args }, viewOf(state, consensus), block);
      return inTurn(async () => {
        const jobs = [{ transaction: null, terms: 0, job: { kind: 'query', name, args } }] as const;
        const session = new Session(plugin, { jobs, block, keeps: false });
        const result = await session.answer(null, viewOf(state, consensus));
        if (result.kind === 'value') return result.value;
        throw new Error(result.kind === 'threw' ? result.reason : `it answered ${result.kind}`);
      });
    },
    async insist(work) {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (closing.signal.aborted || !lacksAnswer(error)) throw error;
          await pause(INSIST_PAUSE, closing.signal);
        }
      }
    },
    async close() {
      closing.abort();
      await loader.close();
    },
  };
}

function queryHere(
  module: ConsensusModule | undefined,
  { name, args }: { readonly name: string; readonly args: Uint8Array },
  view: View,
  block: BlockInfo,
): Uint8Array {
  const queries = module?.queries ?? {};
  const query = Object.hasOwn(queries, name) ? queries[name] : undefined;
  if (query === undefined) throw new Error(`there is no query ${name}`);
  return encode(query.result, query.run(view, decode(query.codec, args), block));
}

interface DriveContext {
  readonly transactions: readonly CheckedTransaction[];
  readonly keeps: boolean;
  readonly watch?: Watch | undefined;
}

const answerHere = (ask: Ask, code: Code, watch: Watch | undefined): Answer =>
  watch === undefined ? answerOf(ask, code) : answerWatched(ask, code, watch);

/** The session of a plugin for this block; the first question makes it. */
function sessionOf(
  sessions: Map<Plugin, Session>,
  plugin: Plugin,
  ask: Ask,
  { transactions, keeps }: DriveContext,
): Session {
  const known = sessions.get(plugin);
  if (known !== undefined) return known;
  const own = ownJob(ask);
  const calls = callsOf(transactions, plugin.consensus);
  const jobs = own === null ? calls : [own, ...calls];
  const { block } = ask.work;
  const session = new Session(plugin, { jobs, block, keeps });
  sessions.set(plugin, session);
  return session;
}

async function answerElsewhere(ask: Ask, session: Session, watch?: Watch): Promise<Answer> {
  const started = performance.now();
  const answer = await resultElsewhere(ask, session);
  if (watch === undefined) return answer;
  const told = watch.closely === true ? session.told(ask.transaction) : null;
  const sight = told && {
    reads: readsOf(ask.work.view, told.reads),
    prints: told.prints,
    ms: performance.now() - started,
  };
  watch.answered(ask, answer, sight);
  return answer;
}

async function resultElsewhere(ask: Ask, session: Session): Promise<Answer> {
  try {
    const result = await session.answer(ask.transaction, ask.work.view);
    return answerOfResult(result, session.stack(ask.transaction));
  } catch (error) {
    // What is wrong with this call is an answer of a kind; that nobody can be asked is none.
    if (!(error instanceof PluginError) || !ANSWERLESS.has(error.code)) throw error;
    return { kind: 'fault', error };
  }
}

/** After as many attempts as a plugin has, these belong to the one call that was asked alone. */
const ANSWERLESS: ReadonlySet<string> = new Set(['CRASHED', 'TIMEOUT', 'GARBAGE', 'FRAME_TOO_LARGE']);

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false;
  return true;
}

function mechanismsBefore(state: State, height: number, code: Code): Mechanisms {
  const found = new Map<number, ConsensusModule>();
  for (const { id } of listConsensus(state)) {
    const pinned = codeAt(state, id, height);
    const module = pinned === undefined ? undefined : code.get(id, pinned);
    if (module !== undefined) found.set(id, module);
  }
  return found;
}

/** Throws UNKNOWN_METHOD: what a module declares is known here. */
function requireMethod(mechanisms: Mechanisms, { consensus, method }: CallOf<'call'>): void {
  const calls = mechanisms.get(consensus)?.calls ?? {};
  if (!Object.hasOwn(calls, method)) throw chainError('UNKNOWN_METHOD', { consensus, method });
}

/** Whether a block could not be executed because a plugin gave no answer: later it may. */
export function lacksAnswer(error: unknown): boolean {
  const cause = error instanceof ModuleFault ? error.cause : error;
  // A node that is stopping gets no answer later either.
  return cause instanceof PluginError && cause.code !== 'CLOSED';
}
