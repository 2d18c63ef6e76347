/** A request with a limit on time and size. */
import { ModuleError, messageOf } from '../errors.ts';
import { CALL_LIMITS } from '../protocol/index.ts';

export interface TextResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The server certainly did not get the request. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** An error body and the JSON around a result may be a little larger than a result. */
const MAX_BYTES = CALL_LIMITS.body + 64 * 1024;

/**
 * Throws UNREACHABLE if the request was certainly not sent, TIMEOUT or LOST if the server may have got it, and
 * BAD_RESPONSE if the answer is too large or no text.
 */
export async function fetchText(url: string, init: RequestInit, timeoutMs: number): Promise<TextResponse> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    // A redirect would carry the signed header to somebody else.
    const response = await fetch(url, { ...init, signal, redirect: 'error' });
    return { status: response.status, headers: response.headers, text: await readText(response) };
  } catch (cause) {
    if (cause instanceof ModuleError) throw cause;
    if (signal.aborted)
      throw new ModuleError('TIMEOUT', `${url} did not answer within ${timeoutMs} ms`, 'is it overloaded?', {
        cause,
      });
    const reason = cause instanceof Error ? (cause.cause as NodeJS.ErrnoException | undefined) : undefined;
    const notSent = NOT_SENT.has(reason?.code ?? '');
    throw new ModuleError(
      notSent ? 'UNREACHABLE' : 'LOST',
      `${url}: ${messageOf(reason ?? cause)}`,
      notSent
        ? 'is the module running, and is its URL on the chain the right one?'
        : 'the call may have been served',
      { cause },
    );
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new ModuleError(
        'BAD_RESPONSE',
        `the answer is over ${MAX_BYTES} bytes`,
        'the module breaks the protocol',
      );
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ModuleError('BAD_RESPONSE', 'the answer is not UTF-8', 'the module breaks the protocol', {
      cause,
    });
  }
}
