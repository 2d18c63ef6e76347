import assert from 'node:assert/strict';
import { transform } from 'esbuild';
import fc from 'fast-check';
import { z } from 'zod';
import { declarationsOf } from '../../../devnet/params/declarations.ts';
import { descriptionOf } from '../../../module/client/description.ts';
import { keyPairFromUri } from '../../../module/index.ts';

const { address } = keyPairFromUri('//Server');
const describeModule = (functions: object) =>
  descriptionOf({ address, chain: 'c', functions: JSON.parse(JSON.stringify(functions)) });
const fn = (params: object, more: object = {}) => ({ description: '', price: '0', params, ...more });

/** A file of types alone compiles to nothing. */
async function codeOf(declarations: string): Promise<string> {
  const { code } = await transform(declarations, { loader: 'ts', legalComments: 'none' });
  return code;
}

describe("types of other people's modules", () => {
  it('are those of the description', () => {
    const params = z.toJSONSchema(
      z.object({ question: z.string(), deep: z.boolean().optional(), kinds: z.array(z.enum(['a', 'b'])) }),
      { io: 'input' },
    );
    const result = z.toJSONSchema(z.union([z.object({ text: z.string() }), z.null()]));
    const text = declarationsOf(
      'my-router',
      describeModule({
        ask: fn(params, { result, description: 'Answers.' }),
        tell: fn({}, { streams: true }),
      }),
    );
    assert.match(text, /^export interface MyRouterModule \{$/m);
    assert.match(text, /^ {2}\/\*\* Answers\. \*\/$/m);
    assert.ok(
      text.includes(
        'readonly "ask": ModuleFunction<' +
          '{ readonly "question": string; readonly "deep"?: boolean; readonly "kinds": readonly ("a" | "b")[]; }, ' +
          '({ readonly "text": string; }) | (null), ({ readonly "text": string; }) | (null)>;',
      ),
      text,
    );
    assert.ok(text.includes('readonly "tell": ModuleFunction<unknown, (Json)[], Json>;'), text);
  });

  it('nothing that a module says becomes code', async () => {
    const evil = '*/ } ; globalThis.pwned = 1; /* \u2028 "`$' + '{1}';
    const functions = {
      ask: fn(
        {
          type: 'object',
          description: evil,
          properties: { [evil]: { const: evil }, b: { enum: [evil, { [evil]: 1 }, 1n.toString()] } },
        },
        { description: evil },
      ),
    };
    const text = declarationsOf(evil, describeModule(functions));
    assert.equal(await codeOf(text), '');
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.json(), async (name, words, json) => {
        const schema = { type: 'object', properties: { [name]: { const: JSON.parse(json) } } };
        const written = declarationsOf(words, describeModule({ a: fn(schema, { description: words }) }));
        assert.equal(await codeOf(written), '');
      }),
      { numRuns: 50 },
    );
  });

  it('a schema that unfolds without end is cut', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`p${i}`, { $ref: '#/$defs/a' }]),
    );
    const a = { type: 'object', properties };
    const text = declarationsOf('m', describeModule({ f: fn({ $ref: '#/$defs/a', $defs: { a } }) }));
    assert.ok(text.length < 1024 * 1024 && text.includes('unknown'));
  });
});
