/**
 * A consensus module whose code runs in a process of its own, for tests that call it without waiting. A thread asks the
 * process through the session that a node has; the thread of the test sleeps meanwhile, and answers reads of its state.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { BlockInfo, ConsensusModule, View } from '../../consensus/interface/index.ts';
import type { PluginCode } from '../../node/plugins/process.ts';
import { answerRead } from '../../node/plugins/reads.ts';
import type { Job, JobResult, Read, Reply, Request } from '../../node/plugins/wire.ts';
import { moduleOver } from './moduleOver.ts';

export type Question =
  | { readonly kind: 'job'; readonly job: Job; readonly block: BlockInfo | null }
  | Extract<Request, { readonly kind: 'examine' }>;

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly read: Read }
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Links {
  readonly code: PluginCode;
  /** Counts of messages that were not taken yet, by direction. */
  readonly toMain: Int32Array;
  readonly toThread: Int32Array;
  readonly questions: MessagePort;
  readonly answers: MessagePort;
}

export function signal(count: Int32Array): void {
  Atomics.add(count, 0, 1);
  Atomics.notify(count, 0);
}

/** Sleeps until there is a message, and takes it off the count. */
export function wait(count: Int32Array): void {
  // The call that wakes it may be about a message that was taken before it slept.
  while (Atomics.load(count, 0) === 0) Atomics.wait(count, 0, 0);
  Atomics.sub(count, 0, 1);
}

export interface IsolatedModule {
  readonly module: ConsensusModule;
  close(): Promise<void>;
}

/** Starts the process of this code, which is `here` in the process of the test. */
export function isolatedModule(here: ConsensusModule, code: PluginCode): IsolatedModule {
  const { port1: questions, port2: theirQuestions } = new MessageChannel();
  const { port1: answers, port2: theirAnswers } = new MessageChannel();
  const counter = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
  const toMain = counter();
  const toThread = counter();
  const links: Links = { code, toMain, toThread, questions: theirQuestions, answers: theirAnswers };
  const worker = new Worker(new URL('./isolatedWorker.js', import.meta.url), {
    workerData: links,
    transferList: [theirQuestions, theirAnswers],
  });
  // Neither keeps the tests running when they are done.
  for (const one of [worker, questions, answers]) one.unref();

  function next(view: View | null): FromThread {
    for (;;) {
      wait(toMain);
      const received = receiveMessageOnPort(questions);
      if (received === undefined) throw new Error('a signal without a message');
      const message = received.message as FromThread;
      if (message.kind === 'failed') throw new Error(message.reason);
      if (message.kind !== 'read') return message;
      if (view === null) throw new Error(`a read without a state: ${message.read.kind}`);
      answers.postMessage(answerRead(view, message.read));
      signal(toThread);
    }
  }
  function ask(question: Question, view: View | null): FromThread {
    questions.postMessage(question);
    return next(view);
  }

  next(null);
  const module = moduleOver(here, {
    run(job, block, view) {
      const answer = ask({ kind: 'job', job, block }, view);
      if (answer.kind !== 'result') throw new Error(`it answered ${answer.kind}`);
      return answer.result;
    },
    examine(calls, chainId) {
      const answer = ask({ kind: 'examine', chainId, calls }, null);
      if (answer.kind !== 'reply' || answer.reply.kind !== 'examined') throw new Error('it examined nothing');
      return answer.reply.results;
    },
  });
  return {
    module,
    async close() {
      questions.postMessage(null);
      next(null);
      await worker.terminate();
    },
  };
}
