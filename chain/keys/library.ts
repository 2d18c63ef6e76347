import { createRequire } from 'node:module';

/** A library with native code or WASM; undefined where it cannot be loaded, since there is always another way. */
export function loadLibrary<Library>(name: string): Library | undefined {
  try {
    return createRequire(import.meta.url)(name) as Library;
  } catch {
    // Not installed, or not for this machine.
    return undefined;
  }
}
