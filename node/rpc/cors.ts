/** What browsers ask for before a page may read answers of another origin. */
import type { ServerResponse } from 'node:http';
import { FAULTS_HEADER } from './injected/through.ts';

export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  response.setHeader('access-control-expose-headers', FAULTS_HEADER);
}

/** Loopback pages get their header in {@link allowOrigin}; without it a browser goes no further. */
export function preflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST, GET');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
}
