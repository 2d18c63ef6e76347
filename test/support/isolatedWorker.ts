/** The other half of {@link isolatedModule}: a thread that asks the process of a module as a node does. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { decode } from '../../consensus/interface/index.ts';
import { viewOver } from '../../node/plugins/child/plainView.ts';
import { pluginOptions } from '../../node/plugins/consensus.ts';
import { openPlugin } from '../../node/plugins/plugin.ts';
import { Session } from '../../node/plugins/session.ts';
import { type Read, ReadAnswer } from '../../node/plugins/wire.ts';
import { silentLog } from '../node/support/log.ts';
import { type FromThread, type Links, type Question, signal, wait } from './isolatedModule.ts';

const { code, toMain, toThread, questions, answers } = workerData as Links;

function tell(message: FromThread): void {
  questions.postMessage(message);
  signal(toMain);
}

/** A read of the state, which is in the thread of the test. */
function ask(read: Read): ReadAnswer {
  tell({ kind: 'read', read });
  wait(toThread);
  const received = receiveMessageOnPort(answers);
  if (received === undefined) throw new Error('a signal without an answer');
  return decode(ReadAnswer, received.message as Uint8Array);
}

const view = viewOver(ask);
const plugin = await openPlugin(pluginOptions({ consensus: 0, code, log: silentLog }));

async function answer(question: Question): Promise<FromThread> {
  if (question.kind === 'job') {
    const { job, block } = question;
    const jobs = [{ transaction: null, terms: 0, job }];
    const session = new Session(plugin, { jobs, block, keeps: job.kind !== 'query' });
    return { kind: 'result', result: await session.answer(null, view) };
  }
  const { process } = await plugin.connection();
  const { chainId, calls } = question;
  return {
    kind: 'reply',
    reply: await plugin.request(process, { kind: 'examine', chainId, calls }, 'a test'),
  };
}

questions.on('message', (question: Question | null) => {
  if (question === null) {
    void plugin.close().then(() => {
      tell({ kind: 'ready' });
      questions.close();
    });
    return;
  }
  answer(question).then(tell, (error: unknown) => tell({ kind: 'failed', reason: String(error) }));
});
tell({ kind: 'ready' });
