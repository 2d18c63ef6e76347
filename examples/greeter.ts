/**
 * A module with one function that costs a thousandth of a token. Run it on a devnet:
 *
 *     devnet serve examples/greeter.ts --from bob
 *     devnet call greeter hello name=Ada --from alice
 */
import { z } from 'zod';
import { defineFunction, defineModule } from '../module/index.ts';

const hello = defineFunction({
  description: 'Greets somebody',
  price: 1_000_000n,
  params: z.strictObject({ name: z.string().min(1).max(100) }),
  run: ({ name }, { client }) => ({ greeting: `Hello ${name}`, from: client }),
});

const ping = defineFunction({ description: 'Costs nothing', price: 0n, run: () => ({ pong: true }) });

export default defineModule({ alias: 'greeter', description: 'Says hello', functions: { hello, ping } });
