import assert from 'node:assert/strict';
import { CHAIN_ERRORS, hashOf } from '../../chain/index.ts';
import { text } from '../../consensus/interface/index.ts';
import { ERROR_NUMBERS } from '../../node/rpc/index.ts';

describe('RPC errors', () => {
  it('have one number each, for good', () => {
    const table = Object.entries(ERROR_NUMBERS)
      .map(([name, code]) => `${code} ${name}`)
      .sort();
    // Numbers may be added, never changed: then this hash is replaced by the one that the failure shows.
    assert.equal(
      hashOf(text(100_000), table.join('\n')),
      '0x5a8ab7717f53956aab0cd06b502787fe3d5610de5277f77d40ba549a01cb33fc',
      table.join('\n'),
    );
  });

  it('are told apart by number', () => {
    const numbers = Object.values(ERROR_NUMBERS);
    assert.equal(new Set(numbers).size, numbers.length);
  });

  it('have the codes of JSON-RPC 2.0, the server’s range, or the domain’s', () => {
    for (const [name, code] of Object.entries(ERROR_NUMBERS))
      assert.ok(code >= 3_000 || (code <= -32_000 && code >= -32_768), `${name} ${code}`);
  });

  it('cover every error of the chain', () => {
    for (const name of Object.keys(CHAIN_ERRORS)) assert.ok(ERROR_NUMBERS[name], name);
  });
});
