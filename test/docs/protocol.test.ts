import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BOUNDS,
  CHAIN_ERRORS,
  DEFAULT_RULES,
  GovContent,
  GovElector,
  GovProposal,
  GovResult,
  GovRules,
  GovTally,
  GovVote,
  KernelCall,
  LIMITS,
  MAX_VOTING_EPOCHS,
  PARAMETER_NAMES,
} from '../../chain/index.ts';
import { KERNEL_EVENTS } from '../../chain/kernel/events.ts';
import { CONCLUDED_PER_BLOCK } from '../../chain/kernel/governance/conclude.ts';
import { VOTES_KEPT_EPOCHS } from '../../chain/kernel/governance/prune.ts';
import { ROW_STATUSES } from '../../consensus/consensus-0/index.ts';
import { CAPABILITIES } from '../../consensus/interface/index.ts';
import { REFUSAL_STATUS } from '../../module/errors.ts';
import { DEFAULT_LIMITS, STATE_LIMITS } from '../../module/index.ts';
import { PROTOCOL_VERSION } from '../../node/hello.ts';
import { ERROR_NUMBERS } from '../../node/rpc/errors.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import { ROOT } from '../tidy/sources.ts';

const DOCS = join(ROOT, 'docs');
const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.md'));
/** Tables may be aligned: runs of spaces count as one. */
const read = (path: string): string => readFileSync(join(DOCS, path), 'utf8').replace(/ +/g, ' ');
/** Words between single backticks. */
const quoted = (text: string): Set<string> =>
  new Set(Array.from(text.matchAll(/`([^`\n]+)`/g), ([, word = '']) => word));

/** The documents are written by hand; what can be compared with the code is compared. */
describe('documents', () => {
  it('sources that are named exist', () => {
    const missing = pages.flatMap(page =>
      [...quoted(read(page))]
        .filter(word =>
          /^(chain|consensus|p2p|node|module|devnet|examples|test)\/[\w./-]+(\.ts|\.json|\/)$/.test(word),
        )
        .filter(path => !existsSync(join(ROOT, path)))
        .map(path => `${page}: ${path}`),
    );
    assert.deepEqual(missing, []);
  });

  it('every decision record is in the index', () => {
    const index = read('decisions/README.md');
    const records = readdirSync(join(DOCS, 'decisions')).filter(name => /^\d{4}-/.test(name));
    assert.deepEqual(
      records.filter(name => !index.includes(`(${name})`)),
      [],
    );
  });
});

describe('the protocol pages say what the code does', () => {
  it('error numbers', () => {
    const rows = read('protocol/rpc.md').matchAll(/(-?\d{4,5}) \| `([A-Z_0-9]+)`/g);
    const told = Object.fromEntries(Array.from(rows, ([, number, name = '']) => [name, Number(number)]));
    assert.deepEqual(told, { ...ERROR_NUMBERS });
  });

  it('calls, their tags and their fields in order', () => {
    const { schema } = KernelCall;
    assert.ok(schema.type === 'union');
    const page = read('protocol/transactions.md');
    for (const { tag, kind, schema: fields } of schema.cases) {
      const row = page.split('\n').find(line => line.startsWith(`| ${tag} | \`${kind}\` |`));
      assert.ok(row, `no row for ${kind} with tag ${tag}`);
      assert.ok(fields.type === 'struct');
      const places = fields.fields.map(({ name }) => row.search(new RegExp(`\\b${name}:`)));
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
        `${kind}: order of fields`,
      );
      assert.ok(!places.includes(-1), `${kind}: a field is missing`);
    }
  });

  it('codes of refusals', () => {
    const known = new Set<string>([...Object.keys(CHAIN_ERRORS), ...ROW_STATUSES]);
    for (const page of ['protocol/transactions.md', 'protocol/economy.md', 'protocol/governance.md']) {
      const codes = [...quoted(read(page))].filter(word => /^[A-Z]+(_[A-Z]+)+$/.test(word));
      assert.deepEqual(
        codes.filter(code => !known.has(code)),
        [],
        page,
      );
    }
    const statuses = quoted(read('protocol/consensus-0.md'));
    assert.deepEqual(
      ROW_STATUSES.filter(status => !statuses.has(status)),
      [],
    );
  });

  it('refusals of module servers, each after its status', () => {
    const page = read('protocol/calls.md');
    const statuses: Record<string, string> = {};
    let status = '';
    for (const [, number, name] of page.matchAll(/\b([45]\d\d)\b|`([A-Z]+(?:_[A-Z]+)*)`/g)) {
      if (number !== undefined) status = number;
      else if (name !== undefined && name in REFUSAL_STATUS) statuses[name] ??= status;
    }
    assert.deepEqual(
      statuses,
      Object.fromEntries(Object.entries(REFUSAL_STATUS).map(([name, number]) => [name, `${number}`])),
    );
  });

  it('limits of module servers', () => {
    const page = read('reference/modules.md');
    for (const [name, limit] of Object.entries(DEFAULT_LIMITS))
      assert.match(page, new RegExp(`\\| \`limits.${name}\` \\| ${limit} \\|`), name);
    for (const limit of Object.values(STATE_LIMITS))
      assert.ok(page.includes(limit.toLocaleString('en-US')), `${limit}`);
  });

  it('events and capabilities', () => {
    const told = quoted(read('protocol/transactions.md'));
    assert.deepEqual(
      Object.keys(KERNEL_EVENTS).filter(name => !told.has(name)),
      [],
    );
    const capabilities = quoted(read('protocol/economy.md'));
    assert.deepEqual(
      CAPABILITIES.filter(name => !capabilities.has(name)),
      [],
    );
  });

  it('parameters that a proposal can change, their bounds, and the rules of a new chain', () => {
    const page = read('protocol/governance.md');
    const rows = page.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) \| (\d*) ?\|$/gm);
    const told = Array.from(rows, ([, ...row]) => row);
    const rules: Readonly<Record<string, number | bigint>> = DEFAULT_RULES;
    assert.deepEqual(
      told,
      PARAMETER_NAMES.map(name => [
        name,
        ...[BOUNDS[name].min, BOUNDS[name].max, rules[name] ?? ''].map(String),
      ]),
    );
  });

  it('proposals: kinds of content, fields in order, and what is bounded', () => {
    const page = read('protocol/governance.md');
    assert.ok(GovContent.schema.type === 'union');
    for (const { tag, kind } of GovContent.schema.cases)
      assert.ok(page.includes(`| ${tag} | \`${kind}\` |`), kind);
    for (const [name, { schema }] of Object.entries({
      GovProposal,
      GovRules,
      GovResult,
      GovVote,
      GovElector,
      GovTally,
    })) {
      assert.ok(schema.type === 'struct');
      const [, told = ''] = new RegExp(`${name} *= struct \\{([^}]*)\\}`).exec(page) ?? [];
      const fields = Array.from(told.matchAll(/(\w+): /g), ([, field]) => field);
      assert.deepEqual(
        fields,
        schema.fields.map(field => field.name),
        name,
      );
    }
    assert.match(page, new RegExp(`at most ${CONCLUDED_PER_BLOCK} proposals`));
    assert.match(page, new RegExp(`From \`endEpoch\` \\+ ${VOTES_KEPT_EPOCHS} on`));
    assert.match(page, new RegExp(`older than ${MAX_VOTING_EPOCHS} epochs`));
  });

  it('the version that nodes speak', () => {
    const page = read('protocol/network.md');
    assert.ok(page.includes(`another \`protocol\` (it is ${PROTOCOL_VERSION})`), String(PROTOCOL_VERSION));
  });

  it('offences and their points', () => {
    const rows = read('protocol/limits.md').matchAll(/\| `(\w+)` \| (\d+) \|/g);
    const told = Object.fromEntries(Array.from(rows, ([, name = '', points]) => [name, Number(points)]));
    assert.deepEqual(told, { ...OFFENCE_POINTS });
  });

  it('limits', () => {
    const text = read('protocol/encoding.md').replace(/(\d),(?=\d{3})/g, '$1');
    for (const [name, limit] of Object.entries(LIMITS))
      if (name !== 'genesisAccounts') assert.match(text, new RegExp(`\\b${limit}\\b`), name);
  });
});
