/** Taking snapshots and going back to them. */
import { revert } from '../../node/client/actions/revert.ts';
import { snapshot } from '../../node/client/actions/snapshot.ts';
import { act } from './acting.ts';
import { gateway } from './transport.ts';

/** An empty name is chosen by the devnet. */
export const takeSnapshot = (name: string): Promise<void> =>
  act(async () => {
    const taken = await snapshot(gateway, name === '' ? {} : { name });
    return `${taken.name} is the state after block ${taken.height}`;
  });

export const revertTo = (name: string): Promise<void> =>
  act(async () => {
    const { height, to } = await revert(gateway, { name });
    return `Block ${height} has the state after block ${to}`;
  });
