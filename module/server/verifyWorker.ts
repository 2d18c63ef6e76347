/** Entry of a worker that verifies callers: the same messages as those of a node's workers, but a fast "no" is final. */
import { parentPort } from 'node:worker_threads';
import { unpackChecks } from '../../node/verify/pack.ts';
import type { VerifyRequest, VerifyResponse } from '../../node/verify/worker.ts';
import { verifyCheck } from '../protocol/verify.ts';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
port.on('message', ({ id, checks }: VerifyRequest) => {
  const results = Uint8Array.from(unpackChecks(checks), check => (verifyCheck(check) ? 1 : 0));
  port.postMessage({ id, results } satisfies VerifyResponse, [results.buffer]);
});
