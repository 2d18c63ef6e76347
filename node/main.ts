/**
 * Entry of a node process: `node main.js <options.json>`. Tells its parent over IPC (and, without one, nobody but its
 * log) when it is ready, or why it cannot go on. Ends when its parent does, so that no orphan stays behind.
 */
import { readFile } from 'node:fs/promises';
import { compiledCode } from './compiled/use.ts';
import { messageOf, NodeError } from './errors.ts';
import { createLog, type NodeLog } from './log.ts';
import { type Node, startNode } from './node.ts';
import { FATAL_EXIT, type NodeMessage, NodeOptions } from './options.ts';
import { rateLimits, startRpc } from './rpc/index.ts';

/** Milliseconds for a clean end; what is committed is on disk in any case. */
const STOP_DEADLINE = 4_000;

interface Running {
  readonly node: Node;
  stop(): Promise<void>;
}

async function main(): Promise<void> {
  const options = await readOptions(process.argv[2]);
  const log = createLog(options);
  let running: Running | null = null;
  let ending = false;

  /** Once; later calls find it under way. */
  function end(code: number, reason: string): void {
    if (ending) return;
    ending = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => void leave(code, log), STOP_DEADLINE).unref();
    const stopped = running === null ? Promise.resolve() : running.stop();
    stopped
      .catch((error: unknown) => log.error({ err: error }, 'stopping failed'))
      .finally(() => leave(code, log));
  }
  function fatal(error: unknown): void {
    log.error({ err: error }, 'the node cannot go on');
    tellFatal(error);
    end(FATAL_EXIT, 'a fatal error');
  }

  process.on('SIGTERM', () => end(0, 'SIGTERM'));
  process.on('SIGINT', () => end(0, 'SIGINT'));
  process.on('disconnect', () => end(0, 'the parent is gone'));
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);

  try {
    running = await run(options, log, fatal);
    // A signal may have come while it started.
    if (ending) await running.stop();
  } catch (error) {
    fatal(error);
  }
}

async function run(options: NodeOptions, log: NodeLog, onFatal: (error: unknown) => void): Promise<Running> {
  const program = sinceStart();
  const node = await startNode(options, { log, onFatal });
  const started = sinceStart();
  try {
    const { rateLimit, ...rpcOptions } = options.rpc;
    const rpc = await startRpc(node, {
      ...rpcOptions,
      limits: rateLimit === undefined ? {} : rateLimits(rateLimit),
      log,
      metrics: node.metrics,
    });
    tell({ kind: 'ready', rpcPort: rpc.port, peerId: node.info.peerId, addresses: node.addresses() });
    const answers = sinceStart();
    void node.joined.then(() => {
      tell({ kind: 'joined' });
      log.info({ ms: { program, started, answers, joined: sinceStart() } }, 'node ready');
      keepCode(log);
    });
    return {
      node,
      async stop() {
        await rpc.close();
        await node.stop();
      },
    };
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** Milliseconds since the process began. */
const sinceStart = (): number => Math.round(performance.now());

/** For the next start, once the others have heard that this one is done. */
function keepCode(log: NodeLog): void {
  const code = compiledCode();
  if (code === undefined) return;
  setImmediate(() => {
    log.debug({ state: code.state, detail: code.detail, notKept: code.keep() }, 'compiled code');
  });
}

async function readOptions(path: string | undefined): Promise<NodeOptions> {
  const hint = 'name a JSON file with the options that node/options.ts describes';
  if (path === undefined) throw new NodeError('OPTIONS_INVALID', 'no options file was named', hint);
  try {
    // Once: to compile a parser takes longer than to parse.
    return NodeOptions.parse(JSON.parse(await readFile(path, 'utf8')), { jitless: true });
  } catch (error) {
    throw new NodeError('OPTIONS_INVALID', `${path}: ${messageOf(error)}`, hint, { cause: error });
  }
}

function tell(message: NodeMessage): void {
  if (process.connected) process.send?.(message);
}

function tellFatal(error: unknown): void {
  tell({ kind: 'fatal', name: codeOf(error), message: messageOf(error), hint: hintOf(error) });
}

/** Error classes of this project carry a `code` and, where people see them, a `hint`. */
function codeOf(error: unknown): string {
  if (isDiskFull(error)) return 'DISK_FULL';
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'UNFORESEEN';
}
function hintOf(error: unknown): string {
  if (isDiskFull(error)) return 'make room: df -h shows the disks';
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string'
    ? error.hint
    : 'this is a defect of the node; its log says more';
}

/** The store says it in words, the system by a code; either may be the cause of what was thrown. */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isIt =
    ('code' in error && error.code === 'ENOSPC') || error.message.includes('No space left on device');
  return isIt || isDiskFull(error.cause);
}

async function leave(code: number, log: NodeLog): Promise<void> {
  await log.end();
  process.exit(code);
}

main().catch((error: unknown) => {
  console.error(`${codeOf(error)}: ${messageOf(error)}\nhint: ${hintOf(error)}`);
  tellFatal(error);
  process.exitCode = FATAL_EXIT;
  if (process.connected) process.disconnect();
});
