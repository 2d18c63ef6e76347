export { decrypt, encrypt, type Opener } from './envelope.ts';
export * from './files.ts';
export { decryptLegacy, uriFromPassword } from './legacy.ts';
export * from './signing.ts';
