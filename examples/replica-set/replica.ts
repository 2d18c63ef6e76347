/** One replica in a process of its own, so that it can die: replica.ts <rpc> <name> <directory> */

import { defineModule } from '../../module/index.ts';
import { createClient } from '../../node/client/index.ts';
import { moduleKey, serveOn } from '../support/stage.ts';

const [, , rpc = '', name = '', dir = ''] = process.argv;
const definition = defineModule({
  alias: name,
  functions: {
    // Paid by its share of the router's revenue, so it costs nothing and is for parents only.
    upper: {
      price: 0n,
      allow: 'parents',
      run: params => ({ text: String((params as { text?: string }).text).toUpperCase(), by: name }),
    },
  },
});
const server = await serveOn(createClient(rpc), moduleKey('replica-set', name), definition, dir);
console.log(server.url);
