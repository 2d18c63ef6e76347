/**
 * The ceiling: reads and parses the body, answers as many bytes as a module server does. With the argument `signed` it also
 * verifies the caller's ed25519 signature and signs each answer, which no server of such calls can do without.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyPairFromUri } from '../../../chain/index.ts';
import {
  AUTH_HEADER,
  checkOf,
  decodeBlob,
  encodeBlob,
  parseHeader,
  RECEIPT_HEADER,
  signText,
  verifyCheck,
} from '../../../module/index.ts';
import { signerSeed } from '../../support/fastSigner.ts';
import { ECHO, processorTime } from './shared.ts';

const signed = process.argv[2] === 'signed';
const key = keyPairFromUri(signerSeed('bench server'), 'ed25519');
const body = JSON.stringify(ECHO);
const receipt = JSON.stringify({ time: 'x'.repeat(240) });
const unsigned = 'x'.repeat(450);

function answerTo(blob: string): string {
  if (!signed) return unsigned;
  const header = decodeBlob(blob);
  if (!verifyCheck(checkOf('header', header, parseHeader(header.text).client)))
    throw new Error('a wrong signature');
  return encodeBlob(signText('receipt', receipt, key));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': body.length,
        [RECEIPT_HEADER]: answerTo(String(request.headers[AUTH_HEADER])),
      })
      .end(body);
  });
});
process.on('message', () => process.send?.(processorTime()));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, address: '' });
});
