import { codeHash } from '../../../node/package/index.ts';

/** Four lines; the first is empty. */
export const MINIMAL = `
name = "mesh"
version = "1.0.0"
entry_point = "index.js"`;

/** A manifest that commits to a code. */
export const packed = (code: string, manifest = MINIMAL): string => {
  const bytes = new TextEncoder().encode(code);
  return `${manifest}\n[binary]\nhash = "sha256:${codeHash(bytes).slice(2)}"\nsize = ${bytes.length}`;
};
