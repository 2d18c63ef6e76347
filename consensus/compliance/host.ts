/** A small chain in memory around one consensus module: it applies outcomes as the kernel would, and watches. */
import {
  type BlockInfo,
  type ConsensusModule,
  decode,
  type Event,
  encode,
  type Op,
  type Outcome,
  type View,
} from '../interface/index.ts';
import { ComplianceError } from './error.ts';
import { Books } from './ledger.ts';
import { checkedOutcome } from './outcome.ts';
import { Storage, viewOf } from './view.ts';
import type { CallStep, World } from './world.ts';

/** An event with its data decoded by the module's own codec. */
export interface SeenEvent {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: as erased as the table of codecs that it comes from
  readonly data: any;
}

export type CallResult =
  | { readonly ok: true; readonly events: readonly SeenEvent[] }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** One step of a close. */
export interface CloseStep {
  readonly events: readonly SeenEvent[];
  readonly ops: readonly Op[];
}

export interface Host {
  readonly view: View;
  readonly books: Books;
  readonly storage: Storage;
  /** Texts of all outcomes so far. */
  readonly trace: readonly string[];
  epoch(): number;
  block(): BlockInfo;
  /** Runs one call in the next block. Throws {@link ComplianceError} if its outcome breaks a rule. */
  call(step: Omit<CallStep, 'kind' | 'expect'>): CallResult;
  /** Ends the epoch and closes it, over as many blocks as the module asks for. */
  nextEpoch(): readonly CloseStep[];
  /** What a query answers, after a trip through its codecs. */
  query(name: string, args: unknown): unknown;
  /** Another version takes over in the next block; its `migrate` runs if its state version is higher. */
  upgrade(next: ConsensusModule): CallResult;
}

export interface HostOptions {
  readonly module: ConsensusModule;
  readonly params: unknown;
  readonly world: World;
  /** Wraps every entry into the module; the suite sets its traps here. */
  readonly guard?: <T>(work: () => T) => T;
}

/** A close that goes on for longer never ends. */
const MAX_CLOSE_BLOCKS = 1_000;
const GENESIS_TIME = 1_700_000_000_000;

export function createHost({ module: first, params, world, guard = work => work() }: HostOptions): Host {
  const books = new Books(world);
  const storage = new Storage();
  let module = first;
  const allowed = new Set(module.info.requires);
  const trace: string[] = [];
  let epoch = 0;
  let height = 0;
  const view = viewOf(world, books, storage, allowed, () => epoch);
  const block = (): BlockInfo => ({
    chainId: world.chainId,
    consensus: world.consensus,
    height,
    epoch,
    time: GENESIS_TIME + height * 1000,
    graceEpochs: world.graceEpochs,
  });

  const commit = (made: Outcome): Outcome => {
    const { outcome, text } = checkedOutcome(made);
    trace.push(text);
    if (!outcome.ok) return outcome;
    const before = books.total() - books.emission();
    books.apply(outcome.ops, allowed);
    if (books.total() - books.emission() !== before)
      throw new ComplianceError('NOT_CONSERVED', 'the sum of all money changed');
    for (const op of outcome.ops) {
      if (op.op === 'put') storage.put(op.key, op.value);
      if (op.op === 'delete') storage.delete(op.key);
    }
    return outcome;
  };

  const seen = (events: readonly Event[] = []): SeenEvent[] =>
    events.map(({ name, data }) => {
      const codec = module.events?.[name];
      if (codec === undefined) throw new ComplianceError('BAD_EVENT', `the event ${name} has no codec`);
      return { name, data: decode(codec, data) };
    });

  const started = commit(guard(() => module.genesis(params)));
  if (!started.ok)
    throw new ComplianceError('UNEXPECTED', `the genesis failed: ${started.code}: ${started.message}`);

  return {
    view,
    books,
    storage,
    trace,
    block,
    epoch: () => epoch,
    call({ sender, method: name, args, value = 0n, verified }) {
      height++;
      const found = module.calls[name];
      if (found === undefined) throw new ComplianceError('UNEXPECTED', `there is no method ${name}`);
      const own: unknown = decode(found.codec, encode(found.codec, args));
      const checks = guard(() => found.checks?.({ sender, args: own }, { chainId: world.chainId }) ?? []);
      const results = verified ?? checks.map(() => true);
      books.attach(sender, value);
      const outcome = commit(
        guard(() => found.apply(block(), view, { sender, args: own, value, verified: results })),
      );
      if (outcome.ok) return { ok: true, events: seen(outcome.events) };
      books.detach(sender, value);
      return outcome;
    },
    nextEpoch() {
      const closing = epoch;
      epoch++;
      books.newEpoch();
      const steps: CloseStep[] = [];
      for (let blocks = 0; blocks < MAX_CLOSE_BLOCKS; blocks++) {
        height++;
        const outcome = commit(
          guard(() => module.closeEpoch?.(block(), view, closing) ?? { ok: true, ops: [] }),
        );
        if (!outcome.ok) throw new ComplianceError('UNEXPECTED', `the close failed: ${outcome.message}`);
        steps.push({ events: seen(outcome.events), ops: outcome.ops });
        if (outcome.more !== true) return steps;
      }
      throw new ComplianceError(
        'ENDLESS',
        `the close of epoch ${closing} asks for more after ${MAX_CLOSE_BLOCKS} blocks`,
      );
    },
    upgrade(next) {
      height++;
      const from = module.info.stateVersion;
      module = next;
      allowed.clear();
      for (const capability of next.info.requires) allowed.add(capability);
      if (next.info.stateVersion === from) return { ok: true, events: [] };
      if (next.migrate === undefined)
        throw new ComplianceError('UNEXPECTED', `it has no migrate from state version ${from}`);
      const outcome = commit(guard(() => next.migrate?.(block(), view, from) ?? { ok: true, ops: [] }));
      return outcome.ok ? { ok: true, events: seen(outcome.events) } : outcome;
    },
    query(name, args) {
      const found = module.queries?.[name];
      if (found === undefined) throw new ComplianceError('UNEXPECTED', `there is no query ${name}`);
      const own: unknown = decode(found.codec, encode(found.codec, args));
      return decode(
        found.result,
        encode(
          found.result,
          guard(() => found.run(view, own, block())),
        ),
      );
    },
  };
}
