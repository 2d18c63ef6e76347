import { z } from 'zod';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const netMethods = [
  method('net_peers', {
    description: 'The nodes that this one is connected with.',
    params: noParams,
    result: z.array(s.peer),
    run: ({ api }) =>
      api.peers().map(({ id, address, direction, latency }) => ({ id, address, direction, latency })),
  }),
];
