export * from './account.ts';
export * from './address.ts';
export * from './domains.ts';
export { ecdsaAccount } from './ecdsa.ts';
export * from './hash.ts';
export * from './merkle.ts';
export * from './schemes.ts';
export * from './verify.ts';
