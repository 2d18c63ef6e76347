/** The reference of routers names every option, and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../tidy/sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/reference/routers.md');

/** Names in the first columns of the tables under a heading. */
function told(heading: string, head: string): string[] {
  const section = page.split(/^## /m).find(each => each.startsWith(heading)) ?? '';
  const table = section.split('\n\n').find(block => block.startsWith(`| ${head}`));
  assert.ok(table, `no table ${head} under ${heading}`);
  return Array.from(table.matchAll(/^\| `(\w+)/gm), ([, name = '']) => name).sort();
}

function fieldsOf(file: string, name: string): string[] {
  const body = new RegExp(`export interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(read(file))?.[1];
  assert.ok(body, `no interface ${name} in ${file}`);
  return Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm), ([, field = '']) => field).sort();
}

describe('the reference of routers', () => {
  const tables = [
    ['Options of both', 'option', 'module/tree/router.ts', 'RouterOptions'],
    ['Options of a replica set', 'option', 'module/tree/replicas.ts', 'ReplicaSetOptions'],
    ['Options of a subnet', 'option', 'module/tree/subnet.ts', 'SubnetOptions'],
    ['Policies for links', 'field', 'module/tree/policy.ts', 'LinkPolicy'],
    ['Policies for links', 'rule', 'module/tree/policy.ts', 'LinkRule'],
  ] as const;
  for (const [heading, head, file, name] of tables)
    it(name, () => assert.deepEqual(told(heading, head), fieldsOf(file, name)));

  it('Router and Subnet', () => {
    const members = [
      ...fieldsOf('module/tree/router.ts', 'Router'),
      ...fieldsOf('module/tree/subnet.ts', 'Subnet'),
    ];
    assert.deepEqual(told('# Routers', 'member'), members.sort());
  });
});
