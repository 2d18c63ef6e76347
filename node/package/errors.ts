export type PackageErrorCode =
  /** The manifest is no TOML, or a field is missing, unknown or malformed. */
  | 'BAD_MANIFEST'
  /** The bytes are no plugin package, or not in canonical form. */
  | 'BAD_PACKAGE'
  /** The code is not the code that the manifest commits to. */
  | 'CODE_MISMATCH'
  /** A signature does not fit the manifest and the key beside it. */
  | 'BAD_SIGNATURE'
  /** Too few maintainers that somebody here trusts have signed. */
  | 'NOT_TRUSTED'
  | 'MISSING_DEPENDENCY'
  | 'DEPENDENCY_VERSION'
  | 'DEPENDENCY_CYCLE'
  /** Two plugins of one name. */
  | 'DUPLICATE_PLUGIN'
  /** A configuration key that the manifest does not describe, or a value of another type. */
  | 'BAD_CONFIG';

/** What is wrong with a plugin before any of its code runs. The message names the file or the plugin. */
export class PackageError extends Error {
  override readonly name = 'PackageError';
  readonly code: PackageErrorCode;
  readonly hint: string;
  constructor(code: PackageErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
