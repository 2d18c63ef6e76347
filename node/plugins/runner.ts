/** Drives the kernel: modules in this process answer at once, those in processes of their own through a session. */
import {
  type Answer,
  type Ask,
  type Asking,
  answeredHere,
  answerOf,
  type BlockInput,
  type BlockLimits,
  blockExecution,
  type CallOf,
  type CheckedTransaction,
  chainError,
  type Execution,
  type Genesis,
  type GenesisState,
  genesisExecution,
  type Mechanisms,
  ModuleFault,
  ownCheck,
  type Selection,
  type SignedTransaction,
  State,
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
  type View,
} from '../../consensus/interface/index.ts';
import { PluginError } from './errors.ts';
import { createExaminer, type Examiner } from './examine.ts';
import { answerOfResult, callsOf, ownJob } from './jobs.ts';
import { type Plugin, pause } from './plugin.ts';
import { Session } from './session.ts';
import { answerWatched, readsOf, type Watch } from './watch.ts';

export interface Runner {
  /** By consensus id; a module that runs elsewhere declares all and runs nothing. */
  readonly mechanisms: Mechanisms;
  readonly plugins: readonly Plugin[];
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
  checks(signed: SignedTransaction, chainId: string): Promise<TransactionChecks>;
  /** The encoded result of a query; rejects with what its code threw. */
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

export function createRunner(mechanisms: Mechanisms, plugins: readonly Plugin[] = []): Runner {
  const isolated = new Map(plugins.map(plugin => [plugin.consensus, plugin]));
  const examiners = new Map<number, Examiner>(
    plugins.map(plugin => [plugin.consensus, createExaminer(plugin)]),
  );
  const closing = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();

  /** One block at a time: a process holds the jobs of one. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch((error: unknown) => error);
    return result;
  }

  async function drive<T>(asking: Asking<T>, context: DriveContext): Promise<T> {
    const { watch } = context;
    if (isolated.size === 0 && watch === undefined) return answeredHere(asking, mechanisms);
    return inTurn(async () => {
      const sessions = new Map<number, Session>();
      let step = asking.next();
      while (step.done !== true) {
        const ask = step.value;
        const plugin = isolated.get(ask.place.consensus);
        const answer =
          plugin === undefined
            ? answerHere(ask, mechanisms, watch)
            : await answerElsewhere(ask, sessionOf(sessions, plugin, ask, context), watch);
        step = asking.next(answer);
      }
      return step.value;
    });
  }

  return {
    mechanisms,
    plugins,
    execute: (state, input, { keeps = true, watch } = {}) =>
      drive(blockExecution(state, input, mechanisms), { transactions: input.transactions, keeps, watch }),
    select: (state, input, limits = {}, { keeps = true, watch } = {}) =>
      drive(transactionSelection(state, input, mechanisms, limits), {
        transactions: input.transactions,
        keeps,
        watch,
      }),
    genesis: genesis => drive(genesisExecution(genesis, mechanisms), { transactions: [], keeps: false }),
    async checks(signed, chainId) {
      const { call, sender } = signed.transaction;
      const examiner = call.kind === 'call' ? examiners.get(call.consensus) : undefined;
      if (call.kind !== 'call' || examiner === undefined)
        return transactionChecks(signed, mechanisms, chainId);
      requireMethod(mechanisms, call);
      const { checks, weighed } = await examiner.examine({ chainId, sender, call });
      return { own: ownCheck(signed), call: checks, weighed };
    },
    async query(consensus, { name, args }, state, block) {
      const plugin = isolated.get(consensus);
      if (plugin === undefined)
        return queryHere(mechanisms.get(consensus), { name, args }, viewOf(state, consensus), block);
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
      await Promise.all(plugins.map(plugin => plugin.close()));
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

const answerHere = (ask: Ask, mechanisms: Mechanisms, watch: Watch | undefined): Answer =>
  watch === undefined ? answerOf(ask, mechanisms) : answerWatched(ask, mechanisms, watch);

/** The session of a plugin for this block; the first question makes it. */
function sessionOf(
  sessions: Map<number, Session>,
  plugin: Plugin,
  ask: Ask,
  { transactions, keeps }: DriveContext,
): Session {
  const known = sessions.get(plugin.consensus);
  if (known !== undefined) return known;
  const own = ownJob(ask);
  const calls = callsOf(transactions, plugin.consensus);
  const jobs = own === null ? calls : [own, ...calls];
  const block = ask.work.kind === 'genesis' ? null : ask.work.block;
  const session = new Session(plugin, { jobs, block, keeps });
  sessions.set(plugin.consensus, session);
  return session;
}

async function answerElsewhere(ask: Ask, session: Session, watch?: Watch): Promise<Answer> {
  const started = performance.now();
  const answer = await resultElsewhere(ask, session);
  if (watch === undefined) return answer;
  const told = watch.closely === true ? session.told(ask.transaction) : null;
  const sight = told && {
    reads: readsOf(viewOfAsk(ask), told.reads),
    prints: told.prints,
    ms: performance.now() - started,
  };
  watch.answered(ask, answer, sight);
  return answer;
}

async function resultElsewhere(ask: Ask, session: Session): Promise<Answer> {
  try {
    return answerOfResult(await session.answer(ask.transaction, viewOfAsk(ask)));
  } catch (error) {
    // What is wrong with this call is an answer of a kind; that nobody can be asked is none.
    if (!(error instanceof PluginError) || !ANSWERLESS.has(error.code)) throw error;
    return { kind: 'fault', error };
  }
}

/** After as many attempts as a plugin has, these belong to the one call that was asked alone. */
const ANSWERLESS: ReadonlySet<string> = new Set(['CRASHED', 'TIMEOUT', 'GARBAGE', 'FRAME_TOO_LARGE']);

/** A genesis reads nothing. */
const viewOfAsk = ({ place, work }: Ask) =>
  work.kind === 'genesis' ? viewOf(State.empty, place.consensus) : work.view;

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
