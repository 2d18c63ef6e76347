import { z } from 'zod';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const pluginMethods = [
  method('plugin_list', {
    description:
      'The plugins of this node: what they are, whether they run, and why not; and the consensus modules that run in processes of their own.',
    params: noParams,
    result: z.array(s.plugin),
    run: ({ api }) => api.plugins().list(),
  }),
];
