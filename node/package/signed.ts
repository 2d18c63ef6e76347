/** The bytes of a manifest that maintainers sign, and what their signatures are worth. */
import { type KeyPair, signingBytes, verifySignature } from '../../chain/index.ts';
import {
  type Account,
  account,
  bool,
  CAPABILITIES,
  encode,
  fromHex,
  type Hex,
  hash,
  list,
  oneOf,
  optional,
  struct,
  text,
  toHex,
  u32,
} from '../../consensus/interface/index.ts';
import { PackageError } from './errors.ts';
import { type Maintainer, type Manifest, TIERS } from './manifest.ts';

const pairs = list(struct({ name: text(64), value: text(1024) }), 64);

/**
 * A manifest without its signatures, in canonical form: the order of keys, spaces and comments of the file do not
 * count. It commits to the code by its hash, so it can be signed only when the code is there.
 */
export const SignedManifest = struct({
  name: text(64),
  version: text(64),
  entryPoint: text(128),
  description: text(1024),
  author: text(256),
  provides: oneOf(['consensus', 'service']),
  deterministic: bool,
  isolation: oneOf(TIERS),
  capabilities: list(oneOf(CAPABILITIES), CAPABILITIES.length),
  dependencies: pairs,
  optionalDependencies: pairs,
  settings: list(
    struct({ name: text(64), type: text(16), description: text(512), default: optional(text(1024)) }),
    64,
  ),
  code: struct({ sha256: hash, size: u32 }),
  payment: optional(struct({ required: bool, price: text(20), author: account })),
});

/** Throws {@link PackageError} BAD_MANIFEST if it does not commit to its code yet. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  const { binary } = manifest;
  if (binary === undefined)
    throw new PackageError(
      'BAD_MANIFEST',
      `${manifest.name} ${manifest.version}: the manifest names no [binary] hash`,
      'devnet plugin pack builds the code and writes its hash',
    );
  return encode(SignedManifest, {
    name: manifest.name,
    version: manifest.version,
    entryPoint: manifest.entry_point,
    description: manifest.description,
    author: manifest.author,
    provides: manifest.provides,
    deterministic: manifest.requires === 'deterministic',
    isolation: manifest.isolation,
    capabilities: CAPABILITIES.filter(capability => manifest.capabilities.includes(capability)),
    dependencies: rows(manifest.dependencies),
    optionalDependencies: rows(manifest.optional_dependencies),
    settings: sorted(manifest.config_schema).map(([name, item]) => ({
      name,
      type: item.type,
      description: item.description,
      default: item.default === undefined ? null : String(item.default),
    })),
    code: { sha256: binary.hash, size: binary.size },
    payment: manifest.payment ?? null,
  });
}

/** A plugin is the same for every chain: the one signature of the system without a chain id in it. */
const signedBytes = (manifest: Manifest): Uint8Array => signingBytes('manifest', manifestBytes(manifest));

export const signManifest = (manifest: Manifest, pair: KeyPair): Hex =>
  toHex(pair.sign(signedBytes(manifest)));

export interface Approval {
  /** Names of the maintainers whose signature is right. */
  readonly signed: readonly string[];
  /** Those of them whose key is trusted here. */
  readonly trusted: readonly string[];
  /** Signatures of trusted maintainers that its own threshold asks for; 0 for a manifest without signatures. */
  readonly needed: number;
  /** Enough trusted maintainers signed. A manifest that asks for no signature is approved by nobody. */
  readonly approved: boolean;
}

/**
 * Judges the signatures of a manifest. A key that stands in the manifest proves nothing by itself, anybody can write
 * one there: only those of `trusted` count, who are named by the node's operator or by the chain.
 * Throws {@link PackageError} BAD_SIGNATURE if one of them does not fit.
 */
export function judgeSignatures(manifest: Manifest, trusted: ReadonlySet<Account>): Approval {
  const { signatures } = manifest;
  if (signatures === undefined) return { signed: [], trusted: [], needed: 0, approved: false };
  const message = signedBytes(manifest);
  const signed = signatures.maintainers.filter(maintainer => hasSigned(maintainer, message, manifest));
  const known = signed.filter(({ public_key }) => trusted.has(public_key));
  const { needed } = signatures.threshold;
  return { signed: names(signed), trusted: names(known), needed, approved: known.length >= needed };
}

function hasSigned(
  { name, public_key, signature }: Maintainer,
  message: Uint8Array,
  manifest: Manifest,
): boolean {
  if (signature === undefined) return false;
  if (verifySignature({ account: public_key, signature: fromHex(signature), message })) return true;
  throw new PackageError(
    'BAD_SIGNATURE',
    `${manifest.name} ${manifest.version}: the signature of ${name} does not fit the manifest`,
    'the manifest was changed after it was signed, or the key is another: devnet plugin sign signs again',
  );
}

const names = (maintainers: readonly Maintainer[]): string[] => maintainers.map(({ name }) => name);

/** Ascending by UTF-16 unit, which for the allowed characters is the order of bytes. */
const sorted = <T>(table: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));

const rows = (table: Readonly<Record<string, string>>) =>
  sorted(table).map(([name, value]) => ({ name, value }));
