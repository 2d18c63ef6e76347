import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyPairFromUri } from '../../../chain/index.ts';
import {
  judgeSignatures,
  manifestBytes,
  PackageError,
  parseManifest,
  pluginSettings,
  signManifest,
} from '../../../node/package/index.ts';
import { MINIMAL, packed } from './support.ts';

const alice = keyPairFromUri('//Alice');
const bob = keyPairFromUri('//Bob', 'ed25519');
const eve = keyPairFromUri('//Eve', 'ecdsa');

const refusal = (source: string): string => {
  try {
    parseManifest(source, 'plugins/x/module.toml');
  } catch (error) {
    assert.ok(error instanceof PackageError, String(error));
    assert.equal(error.code, 'BAD_MANIFEST');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the manifest was accepted' });
};

describe('plugin manifests', () => {
  it('read the fields of seed 1, with what was left out as its default', () => {
    const manifest = parseManifest(`
name = "lightning-network"
version = "1.2.3"
entry_point = "dist/index.js"
provides = "service"
capabilities = ["read_blockchain", "subscribe_events"]
[dependencies]
"devnet" = ">=0.1.0"
[optional_dependencies]
"mesh" = ">=0.5.0"
[config_schema]
network = "Network: mainnet, testnet"
fee_rate = { description = "Fee rate", type = "integer", default = 1 }
`);
    assert.equal(manifest.entry_point, 'dist/index.js');
    assert.equal(manifest.isolation, 'T1');
    assert.deepEqual(manifest.dependencies, { devnet: '>=0.1.0' });
    assert.deepEqual(pluginSettings(manifest, { network: 'testnet' }), { fee_rate: 1, network: 'testnet' });
  });

  const cases: readonly (readonly [title: string, source: string, message: RegExp])[] = [
    ['a syntax error', `${MINIMAL}\nx = [`, /:5:\d+: /],
    ['a missing field', 'name = "a"\nversion = "1.0.0"', /entry_point: /],
    ['an unknown field', `${MINIMAL}\nkey = 1`, /:5:1: key: unknown field/],
    ['an unknown field of a table', `${MINIMAL}\n[binary]\nhush = ""`, /:6:1: binary\.hush: unknown field/],
    ['an unknown capability', `${MINIMAL}\ncapabilities = ["root"]`, /:5:1: capabilities\.0: /],
    [
      'a capability twice',
      `${MINIMAL}\ncapabilities = ["mint", "mint"]`,
      /:5:1: capabilities: a capability twice/,
    ],
    ['a bad version', MINIMAL.replace('1.0.0', 'one'), /:3:1: version: /],
    ['a way out of the folder', MINIMAL.replace('index.js', '../../x.js'), /:4:1: entry_point: /],
    ['an absolute path', MINIMAL.replace('index.js', '/etc/passwd'), /:4:1: entry_point: /],
    ['a bad range', `${MINIMAL}\n[dependencies]\nmesh = "newest"`, /:6:1: dependencies\.mesh: /],
    [
      'a malformed threshold',
      `${MINIMAL}\n[signatures]\nthreshold = "most"\nmaintainers = []`,
      /:6:1: signatures\.threshold: /,
    ],
    [
      'a threshold above the number of maintainers',
      `${MINIMAL}\n[signatures]\nthreshold = "3-of-2"\nmaintainers = [{ name = "a", public_key = "${alice.address}" }]`,
      /:5:2: signatures: threshold asks for more/,
    ],
    [
      'a duplicate maintainer key',
      `${MINIMAL}\n[signatures]\nthreshold = "1-of-2"\nmaintainers = [{ name = "a", public_key = "${alice.address}" }, { name = "b", public_key = "${alice.account}" }]`,
      /:7:1: signatures\.maintainers: a maintainer key twice/,
    ],
    [
      'a key that is none',
      `${MINIMAL}\n[signatures]\nthreshold = "1-of-1"\nmaintainers = [{ name = "a", public_key = "02abc" }]`,
      /public_key: expected an address/,
    ],
    [
      'a default of another type',
      `${MINIMAL}\n[config_schema]\nrate = { description = "", type = "integer", default = "fast" }`,
      /:6:1: config_schema\.rate/,
    ],
    [
      'a deterministic service',
      `${MINIMAL}\nprovides = "service"\nrequires = "deterministic"`,
      /:6:1: only a/,
    ],
    ['more than it may hold', `${MINIMAL}\ndescription = "${'x'.repeat(70_000)}"`, /longer than 65536 bytes/],
  ];
  for (const [title, source, message] of cases)
    it(`refuse ${title}, naming file and line`, () => {
      assert.match(refusal(source), message);
      assert.match(refusal(source), /^plugins\/x\/module\.toml:\d+:\d+: /);
    });

  it('never crash on any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), text => {
        const source = `${MINIMAL}\n${text}`;
        try {
          parseManifest(source);
        } catch (error) {
          assert.ok(error instanceof PackageError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuse settings that they do not describe, or of another type', () => {
    const manifest = parseManifest(
      `${MINIMAL}\n[config_schema]\nrate = { description = "Rate", type = "integer" }`,
    );
    assert.throws(() => pluginSettings(manifest, { speed: 1 }), /has no setting speed/);
    assert.throws(() => pluginSettings(manifest, { rate: 'fast' }), /rate is not integer/);
    assert.throws(() => pluginSettings(manifest, { toString: 1 }), /has no setting toString/);
    assert.deepEqual(pluginSettings(manifest, {}), {});
  });
});

describe('signatures of a manifest', () => {
  const unsigned = (threshold: string): string =>
    `${packed('x')}\n[signatures]\nthreshold = "${threshold}"\nmaintainers = [\n${[alice, bob, eve]
      .map((pair, index) => `  { name = "m${index}", public_key = "${pair.address}" },`)
      .join('\n')}\n]`;
  const signedBy = (threshold: string, signers: readonly (typeof alice)[]): string => {
    const manifest = parseManifest(unsigned(threshold));
    return signers.reduce(
      (source, pair) =>
        source.replace(
          `public_key = "${pair.address}" }`,
          `public_key = "${pair.address}", signature = "${signManifest(manifest, pair)}" }`,
        ),
      unsigned(threshold),
    );
  };
  const everybody = new Set([alice.account, bob.account, eve.account]);

  it('cover everything but themselves, and nothing of how the file is written', () => {
    const plain = manifestBytes(parseManifest(packed('x')));
    assert.deepEqual(manifestBytes(parseManifest(signedBy('2-of-3', [alice, bob]))), plain);
    assert.deepEqual(manifestBytes(parseManifest(`# a comment\n${packed('x')}`)), plain);
    const changed = packed('x').replace('version = "1.0.0"', 'version = "1.0.1"');
    assert.notDeepEqual(manifestBytes(parseManifest(changed)), plain);
  });

  it('count for the threshold in all three schemes', () => {
    const approval = judgeSignatures(parseManifest(signedBy('3-of-3', [alice, bob, eve])), everybody);
    assert.deepEqual(approval, {
      signed: ['m0', 'm1', 'm2'],
      trusted: ['m0', 'm1', 'm2'],
      needed: 3,
      approved: true,
    });
  });

  it('are not enough below the threshold', () => {
    assert.equal(judgeSignatures(parseManifest(signedBy('2-of-3', [eve])), everybody).approved, false);
  });

  it('of keys that only the manifest names approve nothing', () => {
    const approval = judgeSignatures(
      parseManifest(signedBy('2-of-3', [alice, bob, eve])),
      new Set([alice.account]),
    );
    assert.deepEqual([approval.trusted, approval.approved], [['m0'], false]);
    assert.equal(judgeSignatures(parseManifest(packed('x')), everybody).approved, false);
  });

  it('of another manifest are refused by name', () => {
    const source = signedBy('2-of-3', [alice, bob]).replace('version = "1.0.0"', 'version = "9.0.0"');
    assert.throws(() => judgeSignatures(parseManifest(source), everybody), {
      name: 'PackageError',
      code: 'BAD_SIGNATURE',
    });
  });

  it('cannot be made before the code is built', () => {
    assert.throws(() => signManifest(parseManifest(MINIMAL), alice), { code: 'BAD_MANIFEST' });
  });
});
