/** The reference of the consensus interface names what there is, and nothing else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHost } from '../../consensus/compliance/index.ts';
import * as codecs from '../../consensus/interface/codec.ts';
import { CAPABILITIES } from '../../consensus/interface/index.ts';
import * as testing from '../../devnet/testing/index.ts';
import { ROOT } from '../tidy/sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/reference/consensus-interface.md');
const types = read('consensus/interface/types.ts');
const NO_CODECS: ReadonlySet<string> = new Set([
  'CodecError',
  'Reader',
  'Writer',
  'encode',
  'decode',
  'toHex',
  'fromHex',
]);

/** Names in the first column of the table whose head begins so. */
function column(head: string): string[] {
  const table = page.split('\n\n').find(block => block.startsWith(`| ${head}`));
  assert.ok(table, `no table ${head}`);
  return table
    .split('\n')
    .slice(2)
    .flatMap(row => Array.from((row.split('|')[1] ?? '').matchAll(/`(\w+)`/g), ([, name = '']) => name))
    .sort();
}

/** Fields of an interface in the types, by name. */
function fieldsOf(name: string): string[] {
  const body = new RegExp(`export interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(types)?.[1];
  assert.ok(body, `no interface ${name}`);
  return Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm), ([, field = '']) => field).sort();
}

describe('the reference of the consensus interface', () => {
  const tables: readonly (readonly [head: string, names: readonly string[]])[] = [
    ['field        |', fieldsOf('ConsensusModule')],
    ['field of `info`', fieldsOf('ModuleInfo')],
    ['field         |', fieldsOf('Method')],
    ['read ', fieldsOf('View')],
    ['op ', Array.from(types.matchAll(/readonly op: '(\w+)'/g), ([, op = '']) => op).sort()],
    [
      'codec ',
      Object.keys(codecs)
        .filter(name => !NO_CODECS.has(name))
        .sort(),
    ],
  ];
  for (const [head, names] of tables)
    it(`has the whole table ${head.trim()}`, () => {
      assert.ok(names.length > 3);
      assert.deepEqual(column(head), names);
    });

  it('names every capability', () => {
    const [, section = ''] = /## Capabilities\n(.*?)\n## /s.exec(page) ?? [];
    const named = Array.from(section.matchAll(/^\| `.*$/gm)).flatMap(([row]) =>
      Array.from(row.matchAll(/`(\w+)`/g), ([, name = '']) => name),
    );
    assert.deepEqual(named.sort(), [...CAPABILITIES].sort());
  });

  it('names what devnet/testing exports, and what a chain can do', () => {
    assert.equal(typeof createHost, 'function');
    for (const name of column('export '))
      assert.equal(typeof (testing as Record<string, unknown>)[name], 'function', name);
    for (const name of Object.keys(testing.createChain()))
      if (!['account', 'height', 'epoch', 'time', 'submit', 'setBalance'].includes(name))
        assert.ok(page.includes(`\`${name}\``), name);
  });
});
