/** What a plugin says of itself: `module.toml` (seed 1, spec section 7). */
import semver from 'semver';
import { z } from 'zod';
import { AddressError, fromAddress, isAccount } from '../../chain/index.ts';
import { type Account, CAPABILITIES, type Hex } from '../../consensus/interface/index.ts';
import { PackageError } from './errors.ts';
import { placeOf, readToml } from './toml.ts';

export const MANIFEST_FILE = 'module.toml';
export const MAX_MANIFEST_BYTES = 64 * 1024;
export const MAX_CODE_BYTES = 8 * 1024 * 1024;
const MAX_LIST = 64;

/** From the weakest to the strongest: own process; namespaces and system call filter; metered virtual machine. */
export const TIERS = ['T1', 'T2', 'T3'] as const;
export type Tier = (typeof TIERS)[number];

const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected lower-case words joined by dashes')
  .max(64);
const range = z
  .string()
  .max(64)
  .refine(text => semver.validRange(text) !== null, 'expected a range of semantic versions, e.g. ">=1.0.0"');
const dependencies = z
  .record(name, range)
  .refine(table => Object.keys(table).length <= MAX_LIST, `at most ${MAX_LIST} dependencies`)
  .default({});

const publicKey = z.string().transform((text, context): Account => {
  if (isAccount(text)) return text;
  try {
    return fromAddress(text);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    context.addIssue({ code: 'custom', message: `expected an address or 0x and 32 bytes: ${error.message}` });
    return z.NEVER;
  }
});
const signature = z
  .string()
  .regex(/^0x[0-9a-f]{130,132}$/, 'expected 0x and the scheme byte and signature in hex')
  .transform((text): Hex => `0x${text.slice(2)}`);

/** A setting of the operator. The seed writes a description only: then it is text. */
const setting = z.union([
  z
    .string()
    .max(512)
    .transform(description => ({ description, type: 'text' as const, default: undefined })),
  z
    .strictObject({
      description: z.string().max(512),
      type: z.enum(['text', 'integer', 'boolean']).default('text'),
      default: z.union([z.string(), z.bigint(), z.boolean(), z.number()]).optional(),
    })
    .refine(
      item => item.default === undefined || isOfType(item.type, item.default),
      'default is of another type',
    ),
]);

export function isOfType(type: 'text' | 'integer' | 'boolean', value: unknown): boolean {
  if (type === 'text') return typeof value === 'string';
  return type === 'boolean' ? typeof value === 'boolean' : Number.isSafeInteger(value);
}

const Fields = z.strictObject({
  name,
  version: z
    .string()
    .max(64)
    .refine(text => semver.valid(text) === text, 'expected a semantic version, e.g. "1.2.3"'),
  entry_point: z
    .string()
    .max(128)
    .refine(isInside, 'expected a relative path with / inside the directory of the manifest'),
  description: z.string().max(1024).default(''),
  author: z.string().max(256).default(''),
  /** A consensus module that the chain can name, or a service beside it. */
  provides: z.enum(['consensus', 'service']).default('consensus'),
  /** `deterministic`: only in the metered virtual machine. */
  requires: z.literal('deterministic').optional(),
  /** The weakest isolation that its author accepts. */
  isolation: z.enum(TIERS).default('T1'),
  capabilities: z
    .array(z.enum(CAPABILITIES))
    .max(CAPABILITIES.length)
    .refine(isUnique, 'a capability twice')
    .default([]),
  dependencies,
  optional_dependencies: dependencies,
  config_schema: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case words joined by _'), setting)
    .refine(table => Object.keys(table).length <= MAX_LIST, `at most ${MAX_LIST} settings`)
    .default({}),
  binary: z
    .strictObject({
      hash: z
        .string()
        .regex(/^sha256:[0-9a-f]{64}$/, 'expected "sha256:" and 64 hex digits')
        .transform((text): Hex => `0x${text.slice(7)}`),
      size: z.number().int().min(1).max(MAX_CODE_BYTES),
    })
    .optional(),
  signatures: z
    .strictObject({
      threshold: z
        .string()
        .regex(/^[1-9][0-9]?-of-[1-9][0-9]?$/, 'expected "m-of-n", e.g. "2-of-3"')
        .transform(text => {
          const [needed = 0, of = 0] = text.split('-of-').map(Number);
          return { needed, of };
        }),
      maintainers: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(64),
            public_key: publicKey,
            signature: signature.optional(),
          }),
        )
        .min(1)
        .max(MAX_LIST)
        .refine(list => isUnique(list.map(item => item.public_key)), 'a maintainer key twice')
        .refine(list => isUnique(list.map(item => item.name)), 'a maintainer name twice'),
    })
    .refine(
      ({ threshold }) => threshold.needed <= threshold.of,
      'threshold asks for more signatures than there can be',
    )
    .refine(
      ({ threshold, maintainers }) => threshold.of === maintainers.length,
      'threshold and number of maintainers differ',
    )
    .optional(),
  payment: z
    .strictObject({
      required: z.boolean(),
      /** Base units. */
      price: z.string().regex(/^(0|[1-9][0-9]{0,19})$/, 'expected base units as a decimal string'),
      author: publicKey,
    })
    .optional(),
});

/** A manifest whose fields have been checked; tables keep the names of the file. */
export type Manifest = z.infer<typeof Fields>;
export type Maintainer = NonNullable<Manifest['signatures']>['maintainers'][number];

/** Throws {@link PackageError} BAD_MANIFEST with file, line, column and reason. */
export function parseManifest(source: string, file: string = MANIFEST_FILE): Manifest {
  if (Buffer.byteLength(source) > MAX_MANIFEST_BYTES)
    throw badManifest(file, { line: 1, column: 1 }, `longer than ${MAX_MANIFEST_BYTES} bytes`);
  const toml = readToml(source);
  if (!toml.ok) throw badManifest(file, toml.place, toml.reason);
  const parsed = Fields.safeParse(toml.value);
  if (parsed.success) return checkWhole(parsed.data, source, file);
  const { issues } = parsed.error;
  // A misspelt field is also a missing one: what stands there says more.
  const issue = deepest(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const reason = issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message;
  throw badManifest(file, placeOf(source, path), `${path.map(String).join('.') || 'manifest'}: ${reason}`);
}

/** What concerns more than one field. */
function checkWhole(manifest: Manifest, source: string, file: string): Manifest {
  const both = Object.keys(manifest.dependencies).find(key => key in manifest.optional_dependencies);
  if (both !== undefined)
    throw badManifest(
      file,
      placeOf(source, ['optional_dependencies', both]),
      `${both} is both required and optional`,
    );
  if (manifest.requires === 'deterministic' && manifest.provides !== 'consensus')
    throw badManifest(
      file,
      placeOf(source, ['requires']),
      'only a consensus module can require a deterministic machine',
    );
  return manifest;
}

/** A union says first that nothing fits; what is wrong with the alternative that was meant stands inside. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue {
  if (issue === undefined) throw new TypeError('a failed parse without an issue');
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.at(-1)?.[0];
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

const badManifest = (
  file: string,
  { line, column }: { line: number; column: number },
  reason: string,
): PackageError =>
  new PackageError(
    'BAD_MANIFEST',
    `${file}:${line}:${column}: ${reason}`,
    'docs/reference/manifest.md lists the fields',
  );

/** No way out of the package, on any system. */
function isInside(path: string): boolean {
  const parts = path.split('/');
  return /^[A-Za-z0-9._/-]+$/.test(path) && parts.every(part => part !== '' && part !== '.' && part !== '..');
}

function isUnique(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
