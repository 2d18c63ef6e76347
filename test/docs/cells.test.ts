import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cells } from '../../consensus/cells/index.ts';
import { ROOT, sources } from '../tidy/sources.ts';

const page = readFileSync(join(ROOT, 'docs/protocol/cells.md'), 'utf8');
const quoted = new Set(Array.from(page.matchAll(/`([^`\n]+)`/g), ([, word = '']) => word.split(' ')[0]));

describe('the page about cells', () => {
  it('has every code of a refusal, and no other', () => {
    const text = sources(['consensus/cells'])
      .map(source => source.text)
      .join('\n');
    const codes = new Set(
      Array.from(text.matchAll(/(?:Refusal|fail)\(\s*'([A-Z_]+)'/g), ([, code = '']) => code),
    );
    assert.ok(codes.size > 25);
    assert.deepEqual(
      [...codes].filter(code => !quoted.has(code)),
      [],
    );
    const named = [...quoted].filter(word => word !== undefined && /^[A-Z]+_[A-Z_]+$|^LOCKED$/.test(word));
    assert.deepEqual(
      named.filter(code => code !== undefined && !codes.has(code)),
      [],
    );
  });

  it('has every query, event and method', () => {
    const names = [cells.queries, cells.events, cells.calls].flatMap(table => Object.keys(table ?? {}));
    assert.deepEqual(
      names.filter(name => !quoted.has(name) && name !== 'submit'),
      [],
    );
  });
});
