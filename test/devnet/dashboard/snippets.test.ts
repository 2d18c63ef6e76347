import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { transformSync } from 'esbuild';
import fc from 'fast-check';
import { asCurl, asTypeScript, exampleOf } from '../../../devnet/dashboard/snippets.ts';

const URL = 'http://127.0.0.1:8700';
const DATA = /-d (.*)$/s;

describe('requests written down', () => {
  it('reach curl as they are, through a shell that reads the line', () => {
    const params = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant(`'"$(x)\`y\``)), {
      maxKeys: 3,
    });
    fc.assert(
      fc.property(params, value => {
        const [, quoted = ''] = DATA.exec(asCurl(URL, 'a_b', value)) ?? [];
        const read = execFileSync('/bin/sh', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' });
        assert.equal(read, JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'a_b', params: value }));
      }),
      { numRuns: 20 },
    );
  });

  it('are programs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        transformSync(asTypeScript(URL, 'a_b', value), { loader: 'ts', format: 'esm' });
      }),
      { numRuns: 30 },
    );
    assert.match(asTypeScript(URL, 'chain_head', {}), /client\.request\("chain_head", \{\}\)/);
  });

  it('begin with what must be there', () => {
    const parameters = [
      { name: 'id', required: true, schema: { type: 'integer', minimum: 1 } },
      { name: 'kind', required: true, schema: { enum: ['auto', 'manual'] } },
      { name: 'who', required: true, schema: { $ref: '#/components/schemas/Address' } },
      { name: 'list', required: true, schema: { type: 'array' } },
      { name: 'limit', required: false, schema: { type: 'integer' } },
    ];
    assert.deepEqual(exampleOf(parameters), { id: 1, kind: 'auto', who: '', list: [] });
  });
});
