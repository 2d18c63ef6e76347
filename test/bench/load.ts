/** A load generator: 32 keep-alive connections, one request at a time on each, for two seconds. Sends requests a second. */
import { connect } from 'node:net';

const [url = '', body = ''] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const request = Buffer.from(
  `POST / HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);
const WARM_UP_MS = 500;
const MEASURE_MS = 2_000;
let count = 0;

const sockets = Array.from({ length: 32 }, () => {
  const socket = connect(Number(port), hostname, () => socket.write(request));
  let buffered = '';
  socket.on('data', chunk => {
    buffered += chunk.toString('latin1');
    const head = buffered.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1]);
    if (head < 0 || buffered.length < head + 4 + length) return;
    if (!buffered.startsWith('HTTP/1.1 200')) throw new Error(`unexpected answer: ${buffered.slice(0, 200)}`);
    buffered = '';
    count++;
    socket.write(request);
  });
  return socket;
});

setTimeout(() => {
  count = 0;
  const start = performance.now();
  setTimeout(() => {
    process.send?.((count * 1000) / (performance.now() - start));
    for (const socket of sockets) socket.destroy();
    process.disconnect();
  }, MEASURE_MS);
}, WARM_UP_MS);
