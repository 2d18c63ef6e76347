import type { KeyPair } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import type { Epochs } from '../epochs.ts';
import type { Book } from './book.ts';
import type { Functions } from './definition.ts';
import type { Reserves } from './reserves.ts';
import type { Slots } from './slots.ts';
import type { Store } from './store.ts';
import type { Terms } from './terms.ts';
import type { Traffic } from './traffic.ts';

/** All that the handling of one call may touch. */
export interface Site {
  readonly chainId: string;
  readonly key: KeyPair;
  readonly functions: Functions;
  readonly store: Store;
  readonly book: Book;
  readonly terms: Terms;
  readonly reserves: Reserves;
  readonly epochs: Epochs;
  readonly slots: Slots;
  readonly traffic: Traffic;
  /**
   * Whether this address is a parent of the module by an active link, as far as the definition asks for it. Looks at the
   * chain before it says no: the parent may have heard of a link first. Rejects if the chain does not answer.
   */
  isParent(address: string): Promise<boolean>;
  /** Whether a signature is right. */
  readonly verify: (check: Check) => Promise<boolean>;
  /** The server's clock, in milliseconds. */
  readonly now: () => number;
  /** Calls of this epoch and earlier ones are no longer taken: their claims are being made. */
  sealedThrough(): number;
  readonly log: Log;
}

/** What a server tells its owner. A pino logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
