/** The ceiling: reads and parses the body, answers as many bytes as a module server does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ECHO } from './shared.ts';

const body = JSON.stringify(ECHO);
const receipt = 'x'.repeat(450);
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': body.length,
        'module-receipt': receipt,
      })
      .end(body);
  });
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, address: '' });
});
