import type { Draft } from '../state/index.ts';
import { getAccount } from './getters.ts';
import { putAccount } from './money.ts';
import { accounts } from './tables.ts';

/**
 * Nonces only grow, whatever else a block takes from another state: what was taken back must not be included again by
 * whoever kept its bytes. Also those of accounts that this block was the first to use.
 */
export function keepNonces(draft: Draft, other: Draft): void {
  const touched = [...other.changes(), ...draft.changes()].filter(({ key }) => key[0] === accounts.id);
  for (const { key } of touched) {
    const [account] = accounts.parts(key);
    const { nonce, free } = getAccount(other, account);
    putAccount(other, account, { nonce: Math.max(nonce, getAccount(draft, account).nonce), free });
  }
}
