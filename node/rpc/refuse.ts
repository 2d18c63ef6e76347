/** One refusal for all that a message asks, of whoever cannot or does not carry it further. */
import { isUtf8 } from 'node:buffer';
import { isDeeperThan } from './depth.ts';
import { errorObject, INTERNAL_ERROR } from './errors.ts';
import { DEFAULT_LIMITS } from './options.ts';
import { idOf, isNotification } from './request.ts';

/** The same error for each request of a body; null if none asked for an answer. */
export function refuseAll(body: Buffer, error: unknown): string | null {
  const parsed = parseMessage(body);
  const refusal = errorObject(error) ?? INTERNAL_ERROR;
  const requests: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const answers = requests
    .filter(request => !isNotification(request))
    .map(request => ({ jsonrpc: '2.0', id: idOf(request), error: refusal }));
  if (answers.length === 0) return null;
  return JSON.stringify(Array.isArray(parsed) ? answers : answers[0]);
}

/** undefined for what is not JSON, or too deep to be looked at. */
export function parseMessage(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  const text = body.toString();
  if (isDeeperThan(text, DEFAULT_LIMITS.depth)) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
