/** Waiting for what a block changes. */
import type { Client } from '../../node/client/index.ts';

/** Asks now and after each block, until there is an answer. Rejects with the signal's reason when that comes first. */
export async function afterEachBlock<T>(
  client: Client,
  ask: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  let heard = 0;
  let failed: { readonly cause: unknown } | undefined;
  let wake = (): void => {};
  const fail = (cause: unknown): void => {
    failed = { cause };
    wake();
  };
  const abort = (): void => fail(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort);
  const stop = await client.subscribeBlocks({
    onBlock() {
      heard++;
      wake();
    },
    onError: fail,
  });
  try {
    for (;;) {
      const before = heard;
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (failed === undefined && heard === before)
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      if (failed !== undefined) throw failed.cause;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    stop();
  }
}
