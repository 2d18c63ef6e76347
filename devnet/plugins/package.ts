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
import { buildCode } from './build.ts';

/** Builds the code of a plugin's folder and writes it, with a manifest that commits to it, into one file. */
export async function packPlugin(
  directory: string,
  out: string | undefined,
): Promise<{ file: string; plugin: Package }> {
  const folder = resolve(directory);
  const manifestFile = join(folder, MANIFEST_FILE);
  const text = await readText(manifestFile);
  const { entry_point: entryPoint, name, version } = parseManifest(text, manifestFile);
  const code = await buildCode(folder, entryPoint);
  const source = written({
    ...tables(text),
    binary: { hash: `sha256:${codeHash(code).slice(2)}`, size: code.length },
  });
  const file = out ?? `${name}-${version}${PACKAGE_SUFFIX}`;
  const raw = encodePackage({ source, code });
  await writeFile(file, raw);
  return { file, plugin: decodePackage(raw, file) };
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
