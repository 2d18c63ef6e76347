/** What a developer does to an account, or in its name. */
import { impersonate } from '../../node/client/actions/impersonate.ts';
import { setBalance } from '../../node/client/actions/setBalance.ts';
import type { CallJson } from '../../node/client/wire.ts';
import { act } from './acting.ts';
import { tokens } from './format.ts';
import { gateway } from './transport.ts';

export const putBalance = (address: string, free: bigint): Promise<void> =>
  act(async () => {
    await setBalance(gateway, { address, free });
    return `It has ${tokens(free)} tokens free`;
  });

/** Whether it succeeded or not, the block says; here both are told. */
export const actAs = (from: string, call: CallJson): Promise<void> =>
  act(async () => {
    const { height, error } = await impersonate(gateway, { from, call });
    if (error !== undefined) throw new Error(`${error.name}: ${error.message}`);
    return `Done in block ${height}`;
  });

/** Calls to begin with, by their kind. */
export const EXAMPLES: Readonly<Record<string, (other: string) => object>> = {
  transfer: to => ({ kind: 'transfer', to, amount: '1000000000' }),
  reserve: server => ({ kind: 'reserve', consensus: 0, server, amount: '1000000000' }),
  stake: () => ({ kind: 'stake', target: { kind: 'module', module: 0 }, amount: '1000000000' }),
  retireModule: () => ({ kind: 'retireModule', module: 0 }),
};
