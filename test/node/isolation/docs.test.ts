import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { tableText } from './table.ts';

const FILE = new URL('../../../docs/threat-model.md', import.meta.url);
const [BEGIN, END] = ['<!-- attacks: UPDATE_DOCS=1 writes this table -->\n\n', '\n\n<!-- end of attacks -->'];

describe('the threat model', () => {
  it('shows the attacks that are tried out, and what stops each', () => {
    const text = readFileSync(FILE, 'utf8');
    const [start, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
    assert.ok(start > BEGIN.length && end > start, 'docs/threat-model.md has no place for the table');
    if (process.env.UPDATE_DOCS === '1')
      writeFileSync(FILE, `${text.slice(0, start)}${tableText()}${text.slice(end)}`);
    else assert.equal(text.slice(start, end), tableText());
  });
});
