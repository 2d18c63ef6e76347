/** Entry of a verification worker: packed checks in, one byte per check out. */
import { parentPort } from 'node:worker_threads';
import { verifyCheck } from './check.ts';
import { unpackChecks } from './pack.ts';

export interface VerifyRequest {
  readonly id: number;
  readonly checks: Uint8Array<ArrayBuffer>;
}
export interface VerifyResponse {
  readonly id: number;
  /** 1 for a right signature. */
  readonly results: Uint8Array<ArrayBuffer>;
}

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
port.on('message', ({ id, checks }: VerifyRequest) => {
  const results = Uint8Array.from(unpackChecks(checks), check => (verifyCheck(check) ? 1 : 0));
  port.postMessage({ id, results } satisfies VerifyResponse, [results.buffer]);
});
