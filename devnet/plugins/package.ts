/** Packing and signing: from an author's folder to one `.plugin` file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import type { KeyPair } from '../../chain/index.ts';
import {
  codeHash,
  decodePackage,
  encodePackage,
  MANIFEST_FILE,
  type Manifest,
  PACKAGE_SUFFIX,
  type Package,
  PackageError,
  parseManifest,
  readToml,
  signManifest,
} from '../../node/package/index.ts';
import { writeAtomic } from '../supervisor/runFile.ts';
import { buildFiles } from './build.ts';

/** Builds the code of a plugin's folder and writes it, with a manifest that commits to it, into one file. */
export async function packPlugin(
  directory: string,
  out: string | undefined,
): Promise<{ file: string; plugin: Package }> {
  const { plugin } = await buildPackage(directory);
  const { name, version } = plugin.manifest;
  const file = out ?? `${name}-${version}${PACKAGE_SUFFIX}`;
  const raw = encodePackage(plugin);
  await writeFile(file, raw);
  return { file, plugin: decodePackage(raw, file) };
}

export interface BuiltPackage {
  readonly plugin: Package;
  /** The author's files that the code was made of; absolute paths. */
  readonly inputs: readonly string[];
}

/**
 * The package of a plugin's folder as it lies there. With `version` it is another build of it: manifest and code say that
 * version, and no maintainer has signed it.
 */
export async function buildPackage(directory: string, version?: string): Promise<BuiltPackage> {
  const folder = resolve(directory);
  const { text, manifest } = await readManifest(folder);
  const { code, inputs } = await buildFiles(folder, manifest.entry_point, version);
  const { signatures: _, ...unsigned } = tables(text);
  const source = written({
    ...(version === undefined ? tables(text) : { ...unsigned, version }),
    binary: { hash: `sha256:${codeHash(code).slice(2)}`, size: code.length },
  });
  return { plugin: { manifest: parseManifest(source, join(folder, MANIFEST_FILE)), source, code }, inputs };
}

/** Throws {@link PackageError} BAD_PACKAGE, BAD_MANIFEST. */
export async function readManifest(folder: string): Promise<{ text: string; manifest: Manifest }> {
  const file = join(folder, MANIFEST_FILE);
  const text = await readText(file);
  return { text, manifest: parseManifest(text, file) };
}

/** Adds the signature of one of its maintainers to a packed plugin. */
export async function signPlugin(file: string, pair: KeyPair): Promise<Package> {
  const { manifest, source, code } = await readPackage(file);
  const index =
    manifest.signatures?.maintainers.findIndex(({ public_key }) => public_key === pair.account) ?? -1;
  if (index < 0) throw notMaintainer(file, manifest, pair);
  const fields = tables(source);
  const maintainers = (fields.signatures as { maintainers: Record<string, unknown>[] }).maintainers;
  const signed = maintainers.map((maintainer, at) =>
    at === index ? { ...maintainer, signature: signManifest(manifest, pair) } : maintainer,
  );
  const raw = encodePackage({
    source: written({ ...fields, signatures: { ...(fields.signatures as object), maintainers: signed } }),
    code,
  });
  writeAtomic(file, raw, 0o644);
  return decodePackage(raw, file);
}

export const readPackage = async (file: string): Promise<Package> =>
  decodePackage(new Uint8Array(await readBytes(file)), file);

const written = (fields: Readonly<Record<string, unknown>>): string => `${stringify(fields)}\n`;

/** The tables of a manifest that was parsed before. */
function tables(source: string): Readonly<Record<string, unknown>> {
  const toml = readToml(source);
  if (!toml.ok) throw new TypeError(toml.reason);
  return toml.value;
}

const readText = async (file: string): Promise<string> => (await readBytes(file)).toString('utf8');

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new PackageError(
      'BAD_PACKAGE',
      `${file} is no file`,
      'devnet plugin new begins a plugin, devnet plugin pack makes its package',
    );
  }
}

function notMaintainer(file: string, { signatures }: Manifest, { address }: KeyPair): PackageError {
  const known = signatures?.maintainers.map(({ name }) => name).join(', ');
  return new PackageError(
    'BAD_SIGNATURE',
    `${address} is no maintainer of ${file}${known === undefined ? ', which has no [signatures]' : `: ${known} are`}`,
    'the maintainers and their keys stand in [signatures] of module.toml before it is packed',
  );
}
