export { KeyError, type KeyErrorCode } from './error.ts';
export { type KeyPair, keyPairFromSecret, keyPairFromUri, secretFromUri } from './pair.ts';
export { DEV_PHRASE } from './uri.ts';
