import type { World } from '../../../consensus/compliance/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import type { Params } from '../../../examples/stake-time/src/rows.ts';

export const alice: Account = `0x${'aa'.repeat(32)}`;
export const bob: Account = `0x${'bb'.repeat(32)}`;
export const carol: Account = `0x${'cc'.repeat(32)}`;

export const params: Params = {
  curve: { kPpm: 4_000_000, p: 1, tMax: 8, haircutBps: 1_000 },
  vestEpochs: 2,
  rewardPerEpoch: 100n,
  governor: carol,
};

export const world: World = {
  chainId: 'test',
  consensus: 7,
  graceEpochs: 2,
  balances: [alice, bob, carol].map(account => ({ account, amount: 1_000_000n })),
  mintCap: 100n,
};
