/** Plugins as they lie on disk, before any of their code runs: manifest, package, signatures, order of loading. */
export * from './archive.ts';
export * from './directory.ts';
export * from './errors.ts';
export * from './library.ts';
export * from './manifest.ts';
export * from './order.ts';
export * from './settings.ts';
export * from './signed.ts';
export * from './toml.ts';
