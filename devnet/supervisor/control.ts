/** JSON-RPC methods about the processes of a cluster: only the supervisor can answer them. */
import type { IncomingHttpHeaders } from 'node:http';

export interface NodeStatus {
  readonly index: number;
  readonly state: 'starting' | 'running' | 'stopped' | 'dead';
  readonly pid: number | null;
  readonly rpc: string;
  readonly log: string;
  readonly restarts: number;
}

export interface Control {
  list(): readonly NodeStatus[];
  /** SIGKILL, as a crash would. */
  kill(index: number): Promise<NodeStatus>;
  restart(index: number): Promise<NodeStatus>;
}

interface Request {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

const PREFIX = 'dev_node';

/** A cheap first look; false for nearly every request. */
export const mayConcernControl = (body: Buffer): boolean => body.includes(`"${PREFIX}`);

/**
 * Answers what concerns the processes and forwards the rest of a batch. The text of the response; null when nothing is
 * to be answered; undefined when nothing concerns the processes after all.
 */
export async function answerControl(
  body: Buffer,
  headers: IncomingHttpHeaders,
  control: Control,
  forward: (rest: Buffer) => Promise<string>,
): Promise<string | null | undefined> {
  const parsed = parseJson(body);
  const requests = Array.isArray(parsed) ? parsed : [parsed];
  const own = requests.filter(isOwn);
  if (own.length === 0) return undefined;
  const replies: unknown[] = [];
  for (const request of own) {
    const reply = isForeign(headers) ? refusal(request) : await run(request, control);
    if (request.id !== undefined) replies.push(reply);
  }
  if (!Array.isArray(parsed)) return replies.length === 0 ? null : JSON.stringify(replies[0]);
  const rest = requests.filter(request => !isOwn(request));
  if (rest.length > 0) {
    const text = await forward(Buffer.from(JSON.stringify(rest)));
    if (text !== '') replies.push(...(JSON.parse(text) as unknown[]));
  }
  return replies.length === 0 ? null : JSON.stringify(replies);
}

async function run(request: Request, control: Control): Promise<object> {
  try {
    return { jsonrpc: '2.0', id: request.id, result: await perform(request, control) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failure(request, -32602, message, 'BAD_NODE', 'dev_nodeList lists the nodes');
  }
}

async function perform({ method, params }: Request, control: Control): Promise<unknown> {
  if (method === 'dev_nodeList') return control.list();
  const index = indexOf(params);
  if (method === 'dev_nodeKill') return control.kill(index);
  if (method === 'dev_nodeRestart') return control.restart(index);
  throw new Error(`unknown method ${String(method)}`);
}

/** `{ node: 1 }` or `[1]`. */
function indexOf(params: unknown): number {
  const value = Array.isArray(params) ? params[0] : (params as { node?: unknown } | undefined)?.node;
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new Error('name a node by its index, e.g. { "node": 1 }');
  return value;
}

function isOwn(request: unknown): request is Request {
  const method = (request as Request | null)?.method;
  return method === 'dev_nodeList' || method === 'dev_nodeKill' || method === 'dev_nodeRestart';
}

/** A page of another site must not steer processes on this machine. */
function isForeign({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const from = new URL(origin);
  return from.host !== host && !['127.0.0.1', 'localhost', '[::1]'].includes(from.hostname);
}

const refusal = (request: Request): object =>
  failure(
    request,
    -32001,
    'dev methods are refused for foreign origins',
    'FOREIGN_ORIGIN',
    'call it from this machine',
  );

const failure = (request: Request, code: number, message: string, name: string, hint: string): object => ({
  jsonrpc: '2.0',
  id: request.id ?? null,
  error: { code, message, data: { name, hint } },
});

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON: the node answers with the parse error that the protocol asks for.
    return undefined;
  }
}
