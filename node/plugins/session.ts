/**
 * One block as one plugin sees it. All its jobs of the block go out in one request, and run one on top of the other on
 * what the process knows; each result is used only if what it read is what the state says when its turn comes. What the
 * process does not know, or knows otherwise, it is told, and runs again: knowledge, batches and the number of requests
 * change how long that takes, and never what comes out.
 */
import { toAddress } from '../../chain/index.ts';
import { type BlockInfo, CodecError, encode, type Hex, type View } from '../../consensus/interface/index.ts';
import { Batch } from './batch.ts';
import { PluginError, PluginFailure, type PluginPlace } from './errors.ts';
import type { Entry } from './knowledge.ts';
import type { Connection, Plugin } from './plugin.ts';
import { fingerprintOf, isSame, readAnswer } from './reads.ts';
import { horizonOf } from './touched.ts';
import {
  type Job,
  type JobResult,
  type Ran,
  type Read,
  ReadAnswer,
  type RunRequest,
  type Told,
} from './wire.ts';

/** Jobs of one request, and bytes of their arguments. */
const MAX_BATCH = 4_096;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** What the state says to a read. */
type Base = ReturnType<typeof readAnswer>;

export interface SessionOptions {
  /** In the order in which the block asks. */
  readonly jobs: readonly PlannedJob[];
  readonly block: BlockInfo | null;
  /** Whether the state goes on from what comes out; not so for a simulation or a query. */
  readonly keeps: boolean;
}

export interface PlannedJob {
  /** null for a job that no transaction asks for. */
  readonly transaction: Hex | null;
  /** Of the transactions before it in the block, how many may change terms, stake or reserves. */
  readonly terms: number;
  readonly job: Job;
}

export class Session {
  readonly #plugin: Plugin;
  readonly #options: SessionOptions;
  readonly #places = new Map<Hex | null, number>();
  #connection: Connection | null = null;
  /** The job that has number 0 in the process, and the first that was not sent to it. */
  #first = 0;
  #unsent = 0;
  #batch: Batch | null = null;
  #size = MAX_BATCH;
  /** Up to this job each goes out alone: one of them ended the process. */
  #alone = 0;

  constructor(plugin: Plugin, options: SessionOptions) {
    this.#plugin = plugin;
    this.#options = options;
    for (const [place, { transaction }] of options.jobs.entries()) this.#places.set(transaction, place);
  }

  /** The answer to a question of the kernel. Rejects with {@link PluginError} where there is none. */
  async answer(transaction: Hex | null, view: View): Promise<JobResult> {
    const place = this.#places.get(transaction);
    if (place === undefined) throw new Error(`transaction ${transaction} is not planned for`);
    const ready = this.#take(place, view);
    if (ready !== null) return ready;
    await this.#run(place, view);
    const fresh = this.#take(place, view);
    if (fresh !== null) return fresh;
    throw this.#error('GARBAGE', place, 'it says that it read what nobody told it');
  }

  /** What the last answer to a question rests on; null where there was none. */
  told(
    transaction: Hex | null,
  ): { readonly reads: readonly Read[]; readonly prints: readonly string[] } | null {
    const batch = this.#batch;
    const found = this.#answered(transaction);
    return found === undefined || batch === null
      ? null
      : { reads: batch.readsOf(found), prints: found.prints };
  }

  /** Where the code threw, for the last answer to a question; empty where it did not. */
  stack(transaction: Hex | null): readonly string[] {
    return this.#answered(transaction)?.stack ?? [];
  }

  #answered(transaction: Hex | null): Ran['done'][number] | undefined {
    const place = this.#places.get(transaction);
    return place === undefined ? undefined : this.#batch?.at(place);
  }

  /** A result whose reads are what the state says now. */
  #take(place: number, view: View): JobResult | null {
    const batch = this.#batch;
    const found = batch?.at(place);
    if (batch === null || found === undefined) return null;
    if (!batch.holds(found, view, this.#options.jobs[place]?.terms ?? 0)) {
      this.#plugin.count('mismatches');
      this.#batch = null;
      this.#size = Math.max(1, Math.floor(this.#size / 2));
      return null;
    }
    for (const line of found.prints)
      this.#plugin.log.info({ ...this.#where(place), line }, 'a plugin printed');
    if (found.result.kind === 'threw') this.#threw(place, found.result.reason, found.stack);
    if (this.#connection !== null && this.#options.keeps)
      this.#connection.knowledge.kept = place + 1 - this.#first;
    batch.took(found.result);
    return found.result;
  }

  /** An answer of a kind, since the code may say so again: the process goes on. */
  #threw(place: number, reason: string, stack: readonly string[]): void {
    const failure = new PluginFailure(reason, stack);
    const { stack: lines } = failure;
    const error = new PluginError('THREW', this.#place(place), failure.sentence, { cause: failure });
    this.#plugin.failed(error, { ...this.#where(place), lines }, 'the code of a consensus module threw');
  }

  /** Fills the batch from this job on. A crash or a hang is no answer: it is asked again, and alone at last. */
  async #run(place: number, view: View): Promise<void> {
    const { attempts } = this.#plugin;
    for (let failures = 0; ; ) {
      const count = this.#count(place);
      try {
        await this.#converge(place, count, view);
        return;
      } catch (error) {
        if (!(error instanceof PluginError) || FINAL.has(error.code)) throw error;
        this.#plugin.failed(
          error,
          { ...this.#where(place), jobs: count },
          'a consensus module gave no answer',
        );
        // What answered wrongly once is in no state that anybody knows.
        await this.#connection?.process.close();
        if (count === 1 && ++failures >= attempts) throw error;
        this.#alone = Math.max(this.#alone, place + count);
      }
    }
  }

  #count(place: number): number {
    if (place < this.#alone) return 1;
    const { jobs } = this.#options;
    const end = Math.min(jobs.length, place + this.#size);
    let bytes = 0;
    for (let at = place; at < end; at++) {
      bytes += sizeOf(jobs[at]?.job);
      if (bytes > MAX_BATCH_BYTES) return Math.max(1, at - place);
    }
    return end - place;
  }

  /** Runs a batch until all that it rests on is what the state says now. */
  async #converge(place: number, count: number, view: View): Promise<void> {
    const connection = await this.#connect(place);
    const { knowledge } = connection;
    const told = new Map<number, Told>();
    // Requests for one batch rest on one state, and each brings back the reads of those before it.
    const bases = new Map<Entry, Base>();
    const base = (entry: Entry): Base => {
      const known = bases.get(entry) ?? this.#base(entry, place, view);
      bases.set(entry, known);
      return known;
    };
    let next: readonly Told[] = [];
    const deadline = Date.now() + this.#plugin.patience;
    for (;;) {
      const request = this.#request(connection, place, count, next);
      const ran = await this.#ask(connection, place, request);
      const batch = new Batch(place, ran, knowledge);
      const tell = (entry: Entry, answer: Uint8Array): Told => {
        if (told.has(entry.id)) throw this.#error('GARBAGE', place, 'it asks for what it was told');
        const row = { id: entry.id, read: entry.encoded, answer };
        told.set(entry.id, row);
        knowledge.told(entry, answer.length);
        return row;
      };
      next = this.#corrections(ran, place, batch, tell, base);
      if (next.length === 0) {
        // Fewer where the process cannot tell what a job would read after the ones before it.
        if (ran.done.length === 0 || ran.done.length > count)
          throw this.#error('GARBAGE', place, `${ran.done.length} results for ${count} jobs`);
        this.#batch = batch;
        this.#size = Math.min(MAX_BATCH, this.#size * 2);
        return;
      }
      this.#plugin.count('misses', next.length);
      if (Date.now() > deadline) throw this.#error('TIMEOUT', place, 'it reads without end');
    }
  }

  async #connect(place: number): Promise<Connection> {
    const connection = await this.#plugin.connection();
    if (connection !== this.#connection) {
      this.#connection = connection;
      this.#first = place;
      this.#unsent = place;
    }
    return connection;
  }

  #request({ knowledge }: Connection, place: number, count: number, told: readonly Told[]): RunRequest {
    const fresh = this.#unsent === this.#first;
    const jobs = this.#options.jobs.slice(this.#unsent, place + count).map(({ job }) => job);
    this.#unsent = Math.max(this.#unsent, place + count);
    const from = place - this.#first;
    const keep = fresh ? knowledge.kept : from;
    if (fresh) knowledge.kept = 0;
    const forget = fresh ? knowledge.excess() : [];
    const careful = place < this.#alone;
    return { keep, fresh, block: this.#options.block, told, forget, jobs, from, count, careful };
  }

  async #ask({ process }: Connection, place: number, request: RunRequest): Promise<Ran> {
    const reply = await this.#plugin.request(process, { kind: 'run', ...request }, this.#doing(place));
    if (reply.kind === 'ran') return reply;
    throw this.#error('GARBAGE', place, `it answered ${reply.kind}`);
  }

  /** What the process must be told before these results can hold. */
  #corrections(
    { answers, missing }: Ran,
    place: number,
    batch: Batch,
    tell: (entry: Entry, answer: Uint8Array) => Told,
    base: (entry: Entry) => Base,
  ): readonly Told[] {
    const told: Told[] = [];
    const knowledge = this.#connection?.knowledge;
    if (knowledge === undefined) throw new Error('a session without a process');
    const terms = this.#options.jobs[place]?.terms ?? 0;
    for (const { id, told: isTold, print } of answers) {
      const entry = knowledge.get(id);
      if (entry === undefined) throw this.#error('GARBAGE', place, `it uses the unknown answer ${id}`);
      if (!isTold) continue;
      knowledge.touch(entry);
      const { answer, encoded } = base(entry);
      if (isSame(fingerprintOf(encoded), print))
        batch.knew(entry, print, horizonOf(entry.read, answer), terms);
      else told.push(tell(entry, encoded));
    }
    for (const encoded of missing) {
      const entry = this.#entry(encoded, place);
      told.push(tell(entry, base(entry).encoded));
    }
    return told;
  }

  #entry(encoded: Uint8Array, place: number): Entry {
    try {
      const entry = this.#connection?.knowledge.entry(encoded);
      if (entry !== undefined) return entry;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw this.#error('GARBAGE', place, `a read that does not decode: ${error.message}`);
    }
    throw new Error('a session without a process');
  }

  /** What the state says before the first job of a batch: the value that it brings stands in the pot already. */
  #base({ read }: Entry, place: number, view: View): Base {
    const job = this.#options.jobs[place]?.job;
    if (read.kind !== 'pot' || job?.kind !== 'apply') return readAnswer(view, read);
    const answer = { kind: 'amount', amount: view.pot() - job.value } as const;
    return { answer, encoded: encode(ReadAnswer, answer) };
  }

  #where(place: number): object {
    const { block, jobs } = this.#options;
    const { job, transaction = null } = jobs[place] ?? {};
    return {
      plugin: this.#plugin.label,
      height: block?.height ?? 0,
      transaction,
      asked: nameOf(job),
      ...(job?.kind === 'apply' ? { sender: toAddress(job.sender) } : {}),
    };
  }

  #place(place: number): PluginPlace {
    return { plugin: this.#plugin.label, doing: this.#doing(place) };
  }

  #doing(place: number): string {
    const planned = this.#options.jobs[place];
    const height = this.#options.block?.height ?? 0;
    const { job, transaction = null } = planned ?? {};
    const by = job?.kind === 'apply' ? ` of ${toAddress(job.sender)}` : '';
    return `${nameOf(job)} at height ${height}${transaction === null ? '' : `, transaction ${transaction}${by}`}`;
  }

  #error(code: 'GARBAGE' | 'TIMEOUT', place: number, reason: string): PluginError {
    return new PluginError(code, this.#place(place), reason);
  }
}

/** Another try would end the same. */
const FINAL: ReadonlySet<string> = new Set(['CLOSED', 'HANDSHAKE', 'WRONG_PLUGIN', 'START']);

const sizeOf = (job: Job | undefined): number =>
  job === undefined || !('args' in job) ? 64 : job.args.length + 128;

function nameOf(job: Job | undefined): string {
  if (job?.kind === 'apply') return job.method;
  return job?.kind === 'query' ? `query ${job.name}` : (job?.kind ?? 'nothing');
}
