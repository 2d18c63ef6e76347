import { z } from 'zod';
import { listModules } from '../../../chain/index.ts';
import { currentEpoch, moduleJson, moduleOf } from '../modules.ts';
import { method } from '../schema.ts';
import * as s from '../schemas.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;

export const moduleMethods = [
  method('module_get', {
    description: 'A registered module as of the current epoch.',
    params: z.strictObject({ module: s.moduleReference }),
    result: s.module,
    run({ api }, { module }) {
      const state = api.state();
      return moduleJson(moduleOf(state, module), currentEpoch(state));
    },
  }),
  method('module_list', {
    description: 'Registered modules, ascending by id.',
    params: z.strictObject({
      after: s.u32.optional().describe('Only modules with a higher id.'),
      limit: z.number().int().min(1).max(LARGEST_PAGE).optional().describe(`${DEFAULT_PAGE} when absent.`),
    }),
    result: z.array(s.module),
    run({ api }, { after, limit = DEFAULT_PAGE }) {
      const state = api.state();
      const page = after === undefined ? { limit } : { after, limit };
      return listModules(state, page).map(module => moduleJson(module, currentEpoch(state)));
    },
  }),
];
