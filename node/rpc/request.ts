/** The request object of JSON-RPC 2.0, section 4. */
export type Id = string | number | null;

export interface Request {
  readonly id?: Id;
  readonly method: string;
  readonly params?: readonly unknown[] | object;
}

/** A request that wants no answer. */
export const isNotification = (request: unknown): boolean =>
  flawOf(request) === null && !Object.hasOwn(request as object, 'id');

/** What can be answered to: null if there is none, or none that may be one. */
export function idOf(request: unknown): Id {
  if (!isObject(request) || !Object.hasOwn(request, 'id')) return null;
  const { id } = request;
  return isId(id) ? id : null;
}

export const isRequest = (request: unknown): request is Request => flawOf(request) === null;

/** Why this is no request; null for one. */
export function flawOf(request: unknown): string | null {
  if (!isObject(request)) return 'a request is an object';
  const { jsonrpc, id, method, params } = request;
  if (Object.hasOwn(request, 'id') && !isId(id))
    return 'an id is a text, a number that JSON readers agree on (integers up to 2^53 - 1), or null';
  if (jsonrpc !== '2.0') return 'jsonrpc is "2.0"';
  if (typeof method !== 'string') return 'method is a text';
  if (params !== undefined && (typeof params !== 'object' || params === null))
    return 'params are an array or an object';
  return null;
}

/** Larger integers lose digits on the way, and the answer has to carry the very id that was sent. */
const isId = (id: unknown): id is Id =>
  typeof id === 'string' ||
  id === null ||
  (typeof id === 'number' && Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id)));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
