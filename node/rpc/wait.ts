import { revertOf } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { NodeApi, StoredBlock } from '../api.ts';
import type { Wire } from '../client/wire.ts';
import { RpcFault } from './errors.ts';
import { finalJson } from './render.ts';
import type { TransactionWaiter } from './schema.ts';

interface Waiting {
  readonly hash: Hex;
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly resolve: (final: Wire['Final']) => void;
  readonly reject: (error: unknown) => void;
}

/** Blocks tell of success at once; that a transaction left the pool without one is looked up at this pace. */
const SWEEP_MS = 200;

/** Waits for transactions on behalf of many requests with one listener. */
export function createWaiter(api: NodeApi, most: number): TransactionWaiter & { close(): void } {
  const waiting = new Map<Hex, Set<Waiting>>();
  let count = 0;
  let sweeper: ReturnType<typeof setInterval> | null = null;

  function settle(entry: Waiting, end: () => void): void {
    const same = waiting.get(entry.hash);
    if (same?.delete(entry) !== true) return;
    count--;
    if (same.size === 0) waiting.delete(entry.hash);
    if (waiting.size === 0) rest();
    end();
  }

  function rest(): void {
    if (sweeper !== null) clearInterval(sweeper);
    sweeper = null;
  }

  function onBlock({ block, outcomes, transactionHashes }: StoredBlock): void {
    if (waiting.size === 0) return;
    const by = revertOf(api.state(), block.header.height);
    for (const [index, hash] of transactionHashes.entries()) {
      const outcome = outcomes.transactions[index];
      const entries = waiting.get(hash);
      if (entries === undefined || outcome === undefined) continue;
      const { height } = block.header;
      if (by !== undefined) {
        for (const entry of [...entries]) settle(entry, () => entry.reject(reverted(hash, height, by)));
        continue;
      }
      const final = finalJson({ hash, height, index }, outcome, api.mechanisms(height));
      for (const entry of [...entries]) settle(entry, () => entry.resolve(final));
    }
  }

  async function look(entry: Waiting): Promise<void> {
    const { hash } = entry;
    const found = await api.transaction(hash);
    if (found.status === 'final')
      settle(entry, () =>
        entry.resolve(finalJson({ hash, ...found }, found.outcome, api.mechanisms(found.height))),
      );
    else if (found.status === 'unknown') settle(entry, () => entry.reject(unknown(hash, found.from)));
    else if (found.status === 'reverted')
      settle(entry, () => entry.reject(reverted(hash, found.height, found.by)));
    else if (found.status === 'dropped')
      settle(entry, () => entry.reject(dropped(hash, found.reason, found.message)));
  }

  function sweep(): void {
    const now = Date.now();
    for (const entry of [...waiting.values()].flatMap(entries => [...entries])) {
      if (entry.deadline <= now) settle(entry, () => entry.reject(timedOut(entry)));
      else look(entry).catch(error => settle(entry, () => entry.reject(error)));
    }
  }

  const stopListening = api.onBlock(onBlock);

  return {
    wait(hash, timeoutMs) {
      if (count >= most) return Promise.reject(crowded(most));
      count++;
      return new Promise((resolve, reject) => {
        const entry = { hash, timeoutMs, deadline: Date.now() + timeoutMs, resolve, reject };
        // First listen, then look: a block in between is seen by one of the two.
        const same = waiting.get(hash);
        if (same === undefined) waiting.set(hash, new Set([entry]));
        else same.add(entry);
        sweeper ??= setInterval(sweep, SWEEP_MS);
        look(entry).catch(error => settle(entry, () => reject(error)));
      });
    },
    close() {
      stopListening();
      const left = [...waiting.values()].flatMap(entries => [...entries]);
      for (const entry of left) settle(entry, () => entry.reject(stopped(entry.hash)));
    },
  };
}

const crowded = (most: number) =>
  new RpcFault('TOO_MANY_WAITING', `${most} requests wait for a transaction already`);

const unknown = (hash: Hex, from?: number) =>
  new RpcFault(
    'UNKNOWN_TRANSACTION',
    `this node knows no transaction ${hash}${from === undefined ? '' : ` from height ${from} on`}`,
    { fields: { hash, ...(from === undefined ? {} : { from }) } },
  );

const dropped = (hash: Hex, reason: string, message: string) =>
  new RpcFault('TRANSACTION_DROPPED', `left the pool without a block: ${message}`, {
    fields: { hash, reason },
  });

const reverted = (hash: Hex, height: number, by: number) =>
  new RpcFault('REVERTED', `block ${by} took back block ${height}, in which it stood`, {
    fields: { hash, height, by },
  });

const timedOut = ({ hash, timeoutMs }: Waiting) =>
  new RpcFault('WAIT_TIMEOUT', `${hash} is not final after ${timeoutMs} ms`, { fields: { hash } });

const stopped = (hash: Hex) => new RpcFault('STOPPED', 'the node is stopping', { fields: { hash } });
