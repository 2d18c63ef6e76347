import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { sha256 } from '../../chain/index.ts';
import { decode, fromHex, type Schema } from '../../consensus/interface/index.ts';
import { PROTOCOL_VERSION } from '../../node/hello.ts';
import { valuesOf } from '../support/arbitrary.ts';
import { assertRoundTrips, assertSurvivesAttack, encoded, isCodecError } from '../support/codecs.ts';
import { type Format, loadFormats } from '../support/formats.ts';

/**
 * The formats of everything that is stored, hashed, signed or sent, frozen by the hash of their schema. A change of
 * one breaks chains, peers and databases: make it on purpose, then write the table anew with
 * `UPDATE_FORMATS=1 npx mocha test/formats/formats.test.ts`.
 */
const TABLE = new URL('frozen.json', import.meta.url);

/** By version of the protocol between nodes; the formats of a version that a release had stay what they are. */
const VERSIONS = new URL('protocol.json', import.meta.url);
interface ProtocolVersion {
  readonly version: number;
  readonly released: boolean;
  readonly formats: string;
}
/** Folders whose formats nodes exchange, sign, hash or keep in the state: docs/protocol/network.md. */
const SHARED: ReadonlySet<string> = new Set([
  ...['chain/format', 'chain/kernel', 'chain/light', 'chain/state'],
  ...['node', 'node/divergence', 'node/ordering', 'node/ordering/tendermint', 'node/snapshot', 'node/sync'],
]);

describe('formats', () => {
  let formats: readonly Format[] = [];
  before(async () => {
    formats = await loadFormats();
  });

  it('are the frozen ones', () => {
    const hashes = Object.fromEntries(
      formats.map(([name, codec]) => [name, sha256(Buffer.from(JSON.stringify(codec.schema)))]),
    );
    assert.equal(Object.keys(hashes).length, formats.length, 'two formats of one folder have one name');
    if (process.env.UPDATE_FORMATS === '1') writeFileSync(TABLE, `${JSON.stringify(hashes, null, 2)}\n`);
    assert.deepEqual(hashes, JSON.parse(readFileSync(TABLE, 'utf8')));
  });

  it('that nodes exchange or judge blocks by are those of their protocol version', () => {
    const folder = (name: string): string => name.slice(0, name.lastIndexOf('.'));
    const shared = formats.filter(([name]) => SHARED.has(folder(name)));
    const print = sha256(Buffer.from(JSON.stringify(shared.map(([name, { schema }]) => [name, schema]))));
    const versions: readonly ProtocolVersion[] = JSON.parse(readFileSync(VERSIONS, 'utf8'));
    const known = versions.find(({ version }) => version === PROTOCOL_VERSION);
    if (process.env.UPDATE_FORMATS === '1' && known?.released !== true) {
      const others = versions.filter(({ version }) => version !== PROTOCOL_VERSION);
      const all = [...others, { version: PROTOCOL_VERSION, released: false, formats: print }];
      writeFileSync(VERSIONS, `${JSON.stringify(all, null, 2)}\n`);
    } else
      assert.equal(
        known?.formats,
        print,
        `version ${PROTOCOL_VERSION} of the protocol has other formats: raise it in node/hello.ts if a release had it, then update`,
      );
  });

  it('include those that everything depends on', () => {
    const names = formats.map(([name]) => name);
    for (const name of ['Genesis', 'Block', 'SignedTransaction', 'Account', 'VoteBody'])
      assert.ok(names.includes(`chain/format.${name}`), name);
    assert.ok(names.includes('chain/state.Proof'));
  });

  it('decode what they encode', () => {
    for (const [, codec] of formats) assertRoundTrips(codec, 40);
  });

  it('refuse or reproduce any bytes, and damaged ones', () => {
    for (const [, codec] of formats) assertSurvivesAttack(codec, 80);
  });

  it('mean the same to another reader of MessagePack', () => {
    const reader = new Unpackr({ useRecords: false, int64AsType: 'bigint' });
    for (const [, codec] of formats) {
      const property = fc.property(valuesOf(codec), value => {
        const bytes = encoded(codec, value);
        if (bytes !== undefined)
          assert.deepEqual(plain(reader.unpack(bytes)), positional(codec.schema, value));
      });
      fc.assert(property, { numRuns: 30 });
    }
  });

  it('refuse every beginning of a message, and bytes after its end', () => {
    const refuses = (code: string, work: () => unknown): void =>
      assert.throws(work, error => isCodecError(error, code));
    for (const [, codec] of formats) {
      const [value] = fc.sample(valuesOf(codec), { numRuns: 1, seed: 7 });
      const whole = encoded(codec, value) ?? new Uint8Array();
      for (let length = 0; length < Math.min(whole.length, 300); length++)
        refuses('TRUNCATED', () => decode(codec, whole.subarray(0, length)));
      if (whole.length > 0) refuses('TRAILING_BYTES', () => decode(codec, Uint8Array.of(...whole, 0)));
    }
  });
});

/** What a value looks like to someone who knows MessagePack but not our types. */
function positional(schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case 'account':
    case 'fixed':
      return fromHex(value as string);
    case 'uint':
    case 'u64':
      return BigInt(value as number | bigint);
    case 'enum':
      return BigInt(schema.values.indexOf(value as string));
    case 'list':
      return (value as unknown[]).map(item => positional(schema.item, item));
    case 'optional':
      return value === null ? null : positional(schema.item, value);
    case 'struct':
      return schema.fields.map(({ name, schema: field }) =>
        positional(field, (value as Record<string, unknown>)[name]),
      );
    case 'union': {
      const found = schema.cases.find(({ kind }) => kind === (value as { kind: string }).kind);
      return found === undefined ? undefined : [BigInt(found.tag), positional(found.schema, value)];
    }
    default:
      return value;
  }
}

/** Numbers as bigints and Buffers as byte arrays, so that the two sides compare. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return Array.isArray(value) ? value.map(plain) : value;
}
