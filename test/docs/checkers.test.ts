import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  CHECK_MEMORY,
  MAX_DATA,
  MAX_FUEL,
  MAX_GROUP_DATA,
  MAX_GROUPS,
  MAX_OPERATIONS,
  MAX_UNLOCKS,
} from '../../consensus/cells/index.ts';
import { GroupFile, TransactionFile } from '../../devnet/checkers/groupSchema.ts';
import { parseGroups } from '../../devnet/checkers/groups.ts';
import { parseFile } from '../../devnet/checkers/jsonFile.ts';
import { ROOT } from '../tidy/sources.ts';

/** UPDATE_SCHEMAS=1 writes them anew. */
const UPDATES = process.env.UPDATE_SCHEMAS === '1';
const read = (name: string): string => readFileSync(join(ROOT, 'docs/reference', name), 'utf8');

describe('the reference of checkers', () => {
  for (const [name, schema] of [
    ['checker-groups.schema.json', GroupFile],
    ['checker-transaction.schema.json', TransactionFile],
  ] as const)
    it(`${name} is what the commands take`, () => {
      const made = z.toJSONSchema(schema, { io: 'input' });
      if (UPDATES) writeFileSync(join(ROOT, 'docs/reference', name), `${JSON.stringify(made, null, 2)}\n`);
      assert.deepEqual(JSON.parse(read(name)), JSON.parse(JSON.stringify(made)));
    });

  it('shows groups and a transaction that the commands take', () => {
    const [groups = '', transaction = ''] = Array.from(
      read('checkers.md').matchAll(/^```json\n(.*?)^```$/gms),
      ([, text = '']) => text,
    );
    assert.equal(parseGroups(groups, 'groups.json').length, 1);
    assert.equal(parseFile(TransactionFile, transaction, 'transaction.json').groups.length, 1);
  });

  it('names the limits of the code', () => {
    const rows = Array.from(read('checkers.md').matchAll(/^\| (.+?) +\| ([\d,]+) +\|$/gm));
    assert.deepEqual(
      Object.fromEntries(rows.map(([, name = '', value = '']) => [name, Number(value.replaceAll(',', ''))])),
      {
        'units of fuel of all checks of a transaction': MAX_FUEL,
        'bytes of memory of one check': CHECK_MEMORY,
        'bytes of the code': MAX_DATA - 5,
        'bytes of the data of a cell': MAX_DATA,
        'bytes of the data of all cells of a group': MAX_GROUP_DATA,
        'operations of a transaction': MAX_OPERATIONS,
        'groups of a transaction': MAX_GROUPS,
        'accounts that unlock cells of a transaction': MAX_UNLOCKS,
      },
    );
  });
});
