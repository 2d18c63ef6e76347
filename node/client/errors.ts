/** What the node, or the way to it, refused. `code` is the number on the wire, `name` the word to branch on. */
export class RpcError extends Error {
  override readonly name: string;
  readonly code: number;
  readonly hint: string;
  /** Everything else that the node sent along, e.g. the hash of the transaction that it could not wait for. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(error: {
    code: number;
    name: string;
    message: string;
    hint: string;
    data?: Readonly<Record<string, unknown>>;
    cause?: unknown;
  }) {
    super(error.message, error.cause === undefined ? undefined : { cause: error.cause });
    this.code = error.code;
    this.name = error.name;
    this.hint = error.hint;
    this.data = error.data ?? {};
  }
}

/** Numbers of errors that arise on the client's side; a node never sends them. */
export const CLIENT_ERRORS = {
  UNREACHABLE: -32090,
  TIMEOUT: -32091,
  BAD_RESPONSE: -32092,
  CLOSED: -32093,
} as const;

export function clientError(
  name: keyof typeof CLIENT_ERRORS,
  message: string,
  hint: string,
  cause?: unknown,
): RpcError {
  return new RpcError({ code: CLIENT_ERRORS[name], name, message, hint, cause });
}

/** An error object of a JSON-RPC response; anything else that came in its place is BAD_RESPONSE. */
export function fromErrorObject(error: unknown): RpcError {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number') {
    const message = 'message' in error ? String(error.message) : 'the node gave no message';
    const data = 'data' in error && typeof error.data === 'object' && error.data !== null ? error.data : {};
    const { name = 'UNKNOWN', hint = '', ...rest } = data as Record<string, unknown>;
    return new RpcError({ code: error.code, name: String(name), message, hint: String(hint), data: rest });
  }
  return clientError('BAD_RESPONSE', 'the answer is no JSON-RPC error', 'is this the URL of a devnet node?');
}

/** Domain number of a transaction that was, or would be, refused on chain; its `name` says why. */
export const TRANSACTION_FAILED = 3000;

interface FailedOutcome {
  readonly error?: { readonly name: string; readonly message: string; readonly hint: string } | undefined;
  readonly hash?: string;
  readonly height?: number;
}

/** An outcome that is not `ok`, as an error; it carries `hash` and `height` if it stands in a block. */
export function failedTransaction({ error, hash, height }: FailedOutcome): RpcError {
  const { name = 'UNKNOWN', message = 'the transaction failed', hint = '' } = error ?? {};
  const data = hash === undefined ? {} : { hash, height };
  return new RpcError({ code: TRANSACTION_FAILED, name, message, hint, data });
}
