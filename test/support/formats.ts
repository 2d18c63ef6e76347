import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Codec } from '../../consensus/interface/index.ts';
import { ROOT, sources } from '../tidy/sources.ts';

export type Format = readonly [name: string, codec: Codec<unknown>];

const FOLDERS = ['chain', 'consensus', 'p2p', 'node', 'module'];
const DECLARES_A_CODEC = /^export const \w+(?:: [^=]*)? = (?:struct|union|list|optional|oneOf)\(/m;

/** Every codec that the project exports, named by folder and export: `chain/format.Header`. */
export async function loadFormats(): Promise<readonly Format[]> {
  const files = sources(FOLDERS).filter(
    ({ path, text }) => !path.startsWith('consensus/interface') && DECLARES_A_CODEC.test(text),
  );
  const found = await Promise.all(files.map(({ path }) => formatsIn(path)));
  return found.flat().sort(([a], [b]) => (a < b ? -1 : 1));
}

async function formatsIn(path: string): Promise<Format[]> {
  const exported: Record<string, unknown> = await import(pathToFileURL(join(ROOT, path)).href);
  return Object.entries(exported).flatMap(([name, value]) =>
    isCodec(value) ? [[`${dirname(path)}.${name}`, value] as const] : [],
  );
}

function isCodec(value: unknown): value is Codec<unknown> {
  return (
    typeof value === 'object' && value !== null && 'schema' in value && 'write' in value && 'read' in value
  );
}
