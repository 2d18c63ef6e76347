import { z } from 'zod';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const netMethods = [
  method('net_peers', {
    description: 'The nodes that this one is connected with.',
    params: noParams,
    result: z.array(s.peer),
    run: ({ api }) => api.peers().map(peer => ({ ...peer, score: Math.floor(peer.score) })),
  }),
  method('net_bans', {
    description: 'The peers that this node talks to no more for now, why, and until when.',
    params: noParams,
    result: z.array(s.ban),
    run: ({ api }) => api.bans(),
  }),
];
