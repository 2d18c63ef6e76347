/** A plugin as one file: its manifest and its code, in canonical bytes. */
import { sha256 } from '../../chain/index.ts';
import {
  bytes,
  CodecError,
  decode,
  encode,
  type Hex,
  oneOf,
  struct,
  text,
} from '../../consensus/interface/index.ts';
import { PackageError } from './errors.ts';
import { MAX_CODE_BYTES, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';

export const PACKAGE_SUFFIX = '.plugin';
/** Room for the framing around both parts. */
export const MAX_PACKAGE_BYTES = MAX_CODE_BYTES + MAX_MANIFEST_BYTES + 64;

const Archive = struct({
  format: oneOf(['devnet-plugin-1']),
  /** The text of `module.toml`. */
  manifest: text(MAX_MANIFEST_BYTES),
  code: bytes(MAX_CODE_BYTES),
});

export interface Package {
  readonly manifest: Manifest;
  /** The text that `manifest` was read from. */
  readonly source: string;
  /** One file: an ES module without imports. */
  readonly code: Uint8Array;
}

export const encodePackage = ({ source, code }: Pick<Package, 'source' | 'code'>): Uint8Array =>
  encode(Archive, { format: 'devnet-plugin-1', manifest: source, code });

/** Throws {@link PackageError} BAD_PACKAGE, BAD_MANIFEST or CODE_MISMATCH. `file` is for the message. */
export function decodePackage(raw: Uint8Array, file: string): Package {
  let archive: { manifest: string; code: Uint8Array };
  try {
    archive = decode(Archive, raw, MAX_PACKAGE_BYTES);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new PackageError(
      'BAD_PACKAGE',
      `${file} is no plugin package: ${error.message}`,
      'devnet plugin pack makes one',
    );
  }
  const { manifest: source, code } = archive;
  const manifest = parseManifest(source, `${file}: module.toml`);
  return checkCode({ manifest, source, code }, file);
}

/** Refuses code that its manifest does not commit to. */
export function checkCode(plugin: Package, file: string): Package {
  const { manifest, code } = plugin;
  const { binary } = manifest;
  const found = codeHash(code);
  if (binary !== undefined && binary.hash === found && binary.size === code.length) return plugin;
  const promised =
    binary === undefined ? 'names no [binary]' : `commits to sha256 ${binary.hash}, ${binary.size} bytes`;
  throw new PackageError(
    'CODE_MISMATCH',
    `${file}: the manifest ${promised}; the code has sha256 ${found}, ${code.length} bytes`,
    'devnet plugin pack builds the code and writes its hash; then it must be signed again',
  );
}

/** The code's name on chain: its sha256. */
export const codeHash = (code: Uint8Array): Hex => sha256(code);
