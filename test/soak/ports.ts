import { createServer } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections: a port must still be free after a kill. */
const FIRST = 15_000;
const LAST = 32_000;

/** A free port that stays free while nobody listens on it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
