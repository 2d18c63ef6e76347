/** What the module servers of a run, and those who call them, agree on. */
import { type KeyPair, keyPairFromUri, sha256 } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';

/** What `module-server.js` is told. */
export interface ModuleServerOptions {
  /** Secret URI of its ed25519 key. */
  readonly secret: Hex;
  /** Base units for a call of `echo`, decimal. */
  readonly price: string;
  /** URL of a node. */
  readonly node: string;
  readonly dir: string;
  readonly port: number;
}

/** Base units for a call. */
export const PRICE = 1_000n;

export const moduleSecret = (name: string): Hex => sha256(new TextEncoder().encode(`soak module ${name}`));
export const moduleKey = (name: string): KeyPair => keyPairFromUri(moduleSecret(name), 'ed25519');
export const FUNCTIONS = { echo: { price: PRICE, run: (params: unknown) => params } };
