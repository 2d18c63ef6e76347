/** What a server gives to functions that need more than their params: routers over linked children. */
import type { KeyPair } from '../../chain/index.ts';
import type { Chain } from '../chain.ts';
import type { Log } from './site.ts';

export interface ModuleHost {
  /** The module's. */
  readonly key: KeyPair;
  readonly chain: Chain;
  /** Where things may be kept over restarts; null to keep nothing. */
  readonly dir: string | null;
  readonly log: Log;
}
