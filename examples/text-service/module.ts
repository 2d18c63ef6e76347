/**
 * A paid text service. Serve it on a devnet, or run the whole story with `npx tsx examples/text-service/run.ts`:
 *
 *     devnet serve examples/text-service/module.ts --from bob
 *     devnet call text-service summary text="One. Two. Three." sentences=2 --from alice
 */
import { z } from 'zod';
import { defineFunction, defineModule } from '../../module/index.ts';

const text = z.string().min(1).max(10_000);

const count = defineFunction({
  description: 'Words and characters; costs nothing',
  price: 0n,
  params: z.strictObject({ text }),
  run: params => ({ words: words(params.text).length, characters: params.text.length }),
});

const summary = defineFunction({
  description: 'The first sentences of a text; a short one costs half',
  price: 2_000_000n,
  params: z.strictObject({ text, sentences: z.int().min(1).max(10).default(1) }),
  run: (params, { charge }) => {
    if (params.text.length < 100) charge(1_000_000n);
    const sentences = params.text.match(/[^.!?]+[.!?]*/g) ?? [];
    return { summary: sentences.slice(0, params.sentences).join('').trim() };
  },
});

const words = (from: string): string[] => from.split(/\s+/).filter(word => word !== '');

export default defineModule({
  alias: 'text-service',
  description: 'Counts words and shortens texts',
  functions: { count, summary },
});
