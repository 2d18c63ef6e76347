/** What the gateway counts: requests by method and how they ended, as far as it sees that. */

import type { RpcFaultCounters } from '../../node/client/wireRpcFaults.ts';
import { createRpcMetrics, type RpcGauge, type RpcMetrics } from '../../node/rpc/metrics.ts';
import { parseMessage } from '../../node/rpc/refuse.ts';
import { isNotification } from '../../node/rpc/request.ts';

/** Under its own name, beside those of the nodes. */
export const createFigures = (
  faults: () => RpcFaultCounters,
  gauges: () => readonly RpcGauge[],
): RpcMetrics => createRpcMetrics({ node: 'gateway', gauges, faults });

/**
 * The method of a message: `batch` for one that holds several, which their node counts, `invalid` for what is none, and
 * `notification` for what gets no answer, which does not say whether there is such a method.
 */
export function labelOf(body: Buffer): string {
  const message = parseMessage(body);
  if (Array.isArray(message)) return 'batch';
  if (isNotification(message)) return 'notification';
  const method = (message as { readonly method?: unknown } | null | undefined)?.method;
  return typeof method === 'string' ? method : 'invalid';
}

/** As this project writes answers: the error stands behind the id. */
const FAILED = /^\{"jsonrpc":"2\.0","id":(?:"(?:[^"\\]|\\.)*"|[^",]*),"error":\{/;
const NAME = /"name":"([A-Z_]+)"/;
const UNNAMED = 'FAILED';

/** The name of the error in an answer, by its first bytes; null for one that succeeded, for batches and for no answer. */
export function errorIn(answer: string): string | null {
  const found = FAILED.exec(answer);
  return found === null ? null : (NAME.exec(answer.slice(found[0].length))?.[1] ?? UNNAMED);
}
