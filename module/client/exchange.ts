/** One signed call, from its request to what the books say of it. */
import { ModuleError } from '../errors.ts';
import { AUTH_HEADER, encodeBlob, type Json, TIMEOUT_HEADER } from '../protocol/index.ts';
import { type Asked, CallRefused, isStream, readAnswer, readChunks, type Served } from './answer.ts';
import type { Begun, Books } from './books.ts';
import { type Http, request } from './http.ts';

/** A call that was signed and written down. */
export interface Sent {
  readonly begun: Begun;
  readonly asked: Asked;
}

export type Opened =
  | { readonly kind: 'whole'; readonly result: Json; readonly served: Served }
  | { readonly kind: 'stream'; readonly chunks: AsyncGenerator<Json, Served> };

/** Sends a call and writes down what became of it; for a stream, when it ends. */
export async function exchange(
  books: Books,
  { begun, asked }: Sent,
  url: string,
  body: string,
  http: Http,
): Promise<Opened> {
  try {
    const headers = {
      'content-type': 'application/json',
      [AUTH_HEADER]: encodeBlob(begun.signed),
      [TIMEOUT_HEADER]: String(Math.floor(http.timeoutMs)),
    };
    const answer = await request(url, { method: 'POST', headers, body }, http);
    if (isStream(answer))
      return { kind: 'stream', chunks: recorded(books, begun, readChunks(answer, asked)) };
    const { result, ...served } = await readAnswer(answer, asked);
    await answered(books, begun, served);
    return { kind: 'whole', result, served };
  } catch (error) {
    await refused(books, begun, error);
    throw error;
  }
}

/** Whoever stops early ends the inner generator too, which hangs up; what the call costs is unknown then. */
async function* recorded(
  books: Books,
  begun: Begun,
  chunks: AsyncGenerator<Json, Served>,
): AsyncGenerator<Json, Served> {
  try {
    const served = yield* chunks;
    await answered(books, begun, served);
    return served;
  } catch (error) {
    await refused(books, begun, error);
    throw error;
  }
}

const answered = (books: Books, begun: Begun, { signed, receipt }: Served): Promise<void> =>
  books.end(begun, { kind: 'answered', receipt: signed, cost: receipt.cost });

/** Of every other error nobody knows whether the call was served. */
async function refused(books: Books, begun: Begun, error: unknown): Promise<void> {
  const notSent = error instanceof ModuleError && error.code === 'UNREACHABLE';
  if (!notSent && !(error instanceof CallRefused)) return;
  const replay = error instanceof CallRefused && error.name === 'REPLAY';
  await books.end(begun, { kind: 'refused', replay });
}
