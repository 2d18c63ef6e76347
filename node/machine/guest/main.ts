/** The inside of the machine: runs jobs of one consensus module. Bundled into `guest.js`, which is frozen. */
import './first.ts';
import { type ConsensusModule, decode, encode, type View } from '../../../consensus/interface/index.ts';
import { examine, perform } from '../../plugins/child/perform.ts';
import { viewOver } from '../../plugins/child/plainView.ts';
import { describe } from '../../plugins/describe.ts';
import { Examined, Read, ReadAnswer } from '../../plugins/wire.ts';
import { ASK, Examine, Perform, Performed, RUN } from '../messages.ts';
import { Utf8Encoder } from './text.ts';
import { ask, hash } from './world.ts';

const view: View = viewOver(read => {
  const answer = ask(ASK.read, encode(Read, read));
  if (answer.length === 0) throw new Error('the node is asked for this read');
  return decode(ReadAnswer, answer);
});

function begin(loaded: Readonly<Record<string, unknown>>, exportName: string): void {
  const found = loaded[exportName];
  if (typeof found !== 'object' || found === null || !('info' in found) || !('calls' in found))
    throw new Error(`the code has no consensus module ${exportName}`);
  const module = found as ConsensusModule;
  const run = (op: number, payload: Uint8Array): Uint8Array => {
    switch (op) {
      case RUN.describe:
        return new Utf8Encoder().encode(JSON.stringify(describe(module)));
      case RUN.perform: {
        const { job, block } = decode(Perform, payload);
        const { result, stack } = perform(module, job, block, view);
        return encode(Performed, { result, stack });
      }
      case RUN.examine: {
        const { chainId, call } = decode(Examine, payload);
        return encode(Examined, examine(module, call, chainId));
      }
      default:
        throw new Error(`the machine does not know ${op}`);
    }
  };
  Reflect.deleteProperty(globalThis, 'machine');
  Object.defineProperty(globalThis, 'run', { value: run });
}

Object.defineProperty(globalThis, 'machine', { value: { begin, hash }, configurable: true });
