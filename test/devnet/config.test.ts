import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTokens, parseTokens } from '../../devnet/amount.ts';
import { loadSettings, type Sources } from '../../devnet/config/load.ts';
import { CliError } from '../../devnet/errors.ts';

const nothing: Sources = { flags: {}, environment: {}, config: undefined, profile: undefined };

describe('settings of devnet up', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'devnet-config-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const file = (text: string): string => {
    const path = join(directory, 'devnet.toml');
    writeFileSync(path, text);
    return path;
  };
  const refusal = (sources: Partial<Sources>): CliError => {
    try {
      loadSettings({ ...nothing, ...sources });
    } catch (error) {
      if (error instanceof CliError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };

  it('flags win over the environment, the environment over the file, the file over the defaults', () => {
    const config = file('schema = 1\nnodes = 2\nport = 1000\nepoch-length = 5\n');
    const { settings, given } = loadSettings({
      flags: { nodes: '3' },
      environment: { DEVNET_PORT: '2000', DEVNET_NODES: '9' },
      config,
      profile: undefined,
    });
    assert.equal(settings.nodes, 3);
    assert.equal(settings.port, 2000);
    assert.equal(settings['epoch-length'], 5);
    assert.equal(settings.accounts, 10);
    assert.deepEqual([...given].sort(), ['epoch-length', 'nodes', 'port']);
  });

  it('a profile overrides the top level', () => {
    const config = file('schema = 1\nnodes = 2\n[profiles.big]\nnodes = 16\n');
    assert.equal(loadSettings({ ...nothing, config, profile: 'big' }).settings.nodes, 16);
    assert.match(refusal({ config, profile: 'small' }).message, /no profile small/);
  });

  it('built-in modules are names in a list or between commas, each once', () => {
    const of = (consensus: unknown) => loadSettings({ ...nothing, flags: { consensus } }).settings.consensus;
    assert.deepEqual(loadSettings(nothing).settings.consensus, []);
    assert.deepEqual(of(' cells '), ['cells']);
    assert.deepEqual(of(['cells']), ['cells']);
    for (const consensus of ['cell', 'cells,cells', 'consensus-0'])
      assert.match(refusal({ flags: { consensus } }).message, /^consensus: each once, of these: cells$/);
  });

  it('an unknown setting is named with its line and column', () => {
    const config = file('schema = 1\n\n  nods = 2\n');
    const { message, hint, exit } = refusal({ config });
    assert.match(message, /:3:3: unknown setting nods$/);
    assert.match(hint, /nodes/);
    assert.equal(exit, 2);
  });

  it('a mistake of syntax is named with its line and column', () => {
    assert.match(refusal({ config: file('schema = 1\nnodes = = 2\n') }).message, /:2:\d+: /);
  });

  it('another schema is refused with both numbers', () => {
    assert.match(refusal({ config: file('schema = 7\n') }).message, /schema is 7, .*schema = 1/);
  });

  it('a value out of range names the setting', () => {
    for (const [flags, pattern] of [
      [{ nodes: '0' }, /^nodes: expected at least 1, not 0$/],
      [{ nodes: '26' }, /^nodes: expected at most 25, not 26$/],
      [{ nodes: 'four' }, /^nodes: expected a number, not four$/],
      [{ nodes: '' }, /^nodes: expected a number$/],
      [{ nodes: [3] }, /^nodes: expected a number$/],
      [{ nodes: true }, /^nodes: expected a number$/],
      [{ nodes: 2.5 }, /^nodes: expected a whole number, not 2.5$/],
      [{ 'rpc-rate-limit': '-1' }, /^rpc-rate-limit: expected at least 0, not -1$/],
      [{ 'block-time': [100] }, /^block-time: expected auto, manual, or milliseconds/],
      [{ 'block-time': 'soon' }, /^block-time: expected auto, manual, or milliseconds .*, not soon$/],
      [{ 'block-time': '5' }, /^block-time: expected at least 10, not 5$/],
      [{ 'plugin-isolation': 'T4' }, /^plugin-isolation: expected T1 or T2 or T3, not T4$/],
      [{ balance: '1.0000000001' }, /^balance: /],
      [{ colour: 'red' }, /colour/],
    ] as const)
      assert.match(refusal({ flags }).message, pattern);
  });

  it('a file that was named must exist', () => {
    assert.match(refusal({ config: join(directory, 'none.toml') }).message, /does not exist/);
  });
});

describe('amounts of tokens', () => {
  it('are exact to nine digits after the point', () => {
    assert.equal(parseTokens('1'), 1_000_000_000n);
    assert.equal(parseTokens('0.000000001'), 1n);
    assert.equal(parseTokens('18446744073.709551615'), 2n ** 64n - 1n);
    assert.equal(formatTokens(1_500_000_000n), '1.5');
    assert.equal(formatTokens(1n), '0.000000001');
    assert.equal(formatTokens(0n), '0');
  });

  it('nothing else passes', () => {
    for (const text of [
      '',
      '-1',
      '1e3',
      '.5',
      '1.',
      '0x10',
      '1,5',
      '1.0000000001',
      '18446744073.709551616',
      ' 1',
    ])
      assert.throws(() => parseTokens(text), CliError, text);
  });
});
