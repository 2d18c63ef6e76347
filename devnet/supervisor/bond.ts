/** Makes a node that was added a validator: its key stakes development money on itself. */
import { setTimeout as pause } from 'node:timers/promises';
import { TOKEN } from '../../chain/index.ts';
import { createClient } from '../../node/client/index.ts';
import { RpcFault } from '../../node/rpc/errors.ts';
import { VALIDATOR_STAKE } from '../genesis.ts';
import { devKey, people, validatorPath } from '../people.ts';
import type { ChainFile } from './chainFile.ts';

const CATCH_UP_MS = 60_000;
/** For the transactions of the validator. */
const FEES = TOKEN;

/**
 * Waits until the node has caught up, and stakes as much as a validator of the genesis has, with money of the first
 * development account. It votes from the next epoch.
 */
export async function bond(chain: ChainFile, index: number, nodeRpc: string, height: number): Promise<void> {
  const [staker] = people(chain.accounts);
  if (staker === undefined)
    throw new RpcFault('NODE_FAILED', 'this devnet has no development account to stake from', {
      hint: 'Stake on it yourself: devnet stake add <address> <tokens>.',
    });
  const client = createClient(nodeRpc);
  try {
    await caughtUp(client, index, height);
    const key = devKey(chain.phrase, validatorPath(index), 'ed25519');
    // Only the key itself can make itself a candidate, so it gets the money first.
    await client.send({
      from: devKey(chain.phrase, staker.path),
      call: { kind: 'transfer', to: key.account, amount: VALIDATOR_STAKE + FEES },
    });
    await client.send({
      from: key,
      call: {
        kind: 'stake',
        target: { kind: 'validator', validator: key.account },
        amount: VALIDATOR_STAKE,
      },
    });
  } finally {
    client.close();
  }
}

/** A validator that has not caught up would miss its turns. */
async function caughtUp(
  client: ReturnType<typeof createClient>,
  index: number,
  height: number,
): Promise<void> {
  const deadline = performance.now() + CATCH_UP_MS;
  for (;;) {
    const head = await client.getHead();
    if (head.height >= height) return;
    if (performance.now() > deadline)
      throw new RpcFault(
        'NODE_FAILED',
        `node ${index} is at height ${head.height} of ${height} after ${CATCH_UP_MS / 1000} s`,
      );
    await pause(50);
  }
}
