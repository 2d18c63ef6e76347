/** A request with a limit on time and size. Whatever the other side does, it ends with an answer or a named error. */
import { ModuleError, messageOf } from '../errors.ts';
import { CALL_LIMITS } from '../protocol/index.ts';

/** How requests travel: `fetch`, or what stands in for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Http {
  readonly fetch: Fetch;
  /** Milliseconds for the whole exchange, the last byte of the answer included. */
  readonly timeoutMs: number;
  /** Hangs up. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Throws as {@link request} does. Ending it early hangs up. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Hangs up on an answer that nobody reads. */
  discard(): void;
}

/** The server certainly did not get the request. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** An error body and the JSON around a result may be a little larger than a result. */
export const MAX_ANSWER_BYTES = CALL_LIMITS.body + 64 * 1024;

/** Throws UNREACHABLE if the request was certainly not sent, TIMEOUT, LOST or ABORTED if the server may have got it. */
export async function request(url: string, init: RequestInit, http: Http): Promise<HttpAnswer> {
  const hangUp = new AbortController();
  const timeout = AbortSignal.timeout(http.timeoutMs);
  const failure = (cause: unknown): ModuleError => {
    if (http.signal?.aborted === true)
      return new ModuleError('ABORTED', `the call of ${url} was given up`, 'it may have been served', {
        cause,
      });
    if (timeout.aborted)
      return new ModuleError(
        'TIMEOUT',
        `${url} did not answer within ${http.timeoutMs} ms`,
        'is it overloaded?',
        { cause },
      );
    const reason = cause instanceof Error ? (cause.cause as NodeJS.ErrnoException | undefined) : undefined;
    const notSent = NOT_SENT.has(reason?.code ?? '');
    return new ModuleError(
      notSent ? 'UNREACHABLE' : 'LOST',
      `${url}: ${messageOf(reason ?? cause)}`,
      notSent
        ? 'is the module running, and is its URL on the chain the right one?'
        : 'the call may have been served',
      { cause },
    );
  };
  try {
    const signal = AbortSignal.any([
      timeout,
      hangUp.signal,
      ...(http.signal === undefined ? [] : [http.signal]),
    ]);
    // A redirect would carry the signed header to somebody else.
    const { status, headers, body } = await http.fetch(url, { ...init, signal, redirect: 'error' });
    return { status, headers, body: bytesOf(body, failure), discard: () => hangUp.abort() };
  } catch (cause) {
    throw failure(cause);
  }
}

async function* bytesOf(
  body: Response['body'],
  failure: (cause: unknown) => ModuleError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* (body ?? []) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw failure(cause);
  }
}

/** The whole body. Throws BAD_RESPONSE if it is too large or no text. */
export async function readText({ body }: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw badAnswer(`the answer is over ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return textOf(Buffer.concat(chunks));
}

/** The lines of a body, each at most {@link MAX_ANSWER_BYTES} long and all together `maxBytes`. */
export async function* readLines({ body }: HttpAnswer, maxBytes: number): AsyncGenerator<string> {
  let size = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw badAnswer(`the answer is over ${maxBytes} bytes`);
    // A line end cannot stand inside a UTF-8 character.
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      yield textOf(Buffer.concat([...parts, chunk.subarray(from, end)]));
      parts = [];
      length = 0;
      from = end + 1;
    }
    // Joined at the end of the line only: a line may come byte by byte.
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_ANSWER_BYTES) throw badAnswer(`a line is over ${MAX_ANSWER_BYTES} bytes`);
  }
  if (length > 0) throw badAnswer('the last line has no end');
}

const LINE_END = 0x0a;

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badAnswer('the answer is not UTF-8', cause);
  }
}

const badAnswer = (message: string, cause?: unknown): ModuleError =>
  new ModuleError('BAD_RESPONSE', message, 'the module breaks the protocol', { cause });
