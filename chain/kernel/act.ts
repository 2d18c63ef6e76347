import type { Account } from '../../consensus/interface/index.ts';
import type { DevOperation, OrdinaryCall, Transaction } from '../format/transaction.ts';

/** A dev operation of the authority's own. */
export interface DevCall {
  readonly kind: 'dev';
  readonly operation: Exclude<DevOperation, { readonly kind: 'impersonate' }>;
}

/** What is done, and in whose name. */
export interface Act {
  readonly sender: Account;
  readonly call: OrdinaryCall | DevCall;
}

/** What a transaction does, and in whose name: an impersonated account's, or else its sender's. */
export function actOf({ sender, call }: Pick<Transaction, 'sender' | 'call'>): Act {
  if (call.kind !== 'dev') return { sender, call };
  const { operation } = call;
  if (operation.kind === 'impersonate') return { sender: operation.account, call: operation.call };
  return { sender, call: { kind: 'dev', operation } };
}
