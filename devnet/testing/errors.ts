/** What a test of a mechanism sees when something does not work: who called what, at which height, and where it broke. */
import { CHAIN_ERRORS, reasonOf } from '../../chain/index.ts';

/** A call that the chain refused or that failed by itself. Money and storage are as before; only the fee is gone. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** The mechanism's own code, or one of the chain's. */
  readonly code: string;
  readonly hint: string;
  constructor(
    what: string,
    { code, message }: { readonly code: string; readonly message: string },
    cause?: unknown,
  ) {
    super(`${what}: ${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = (CHAIN_ERRORS as Readonly<Record<string, { readonly hint: string }>>)[code]?.hint ?? '';
  }
}

/** The code of a mechanism crashed: on a network no block could be made. Its own stack is the cause. */
export class MechanismCrashed extends Error {
  override readonly name = 'MechanismCrashed';
  readonly code = 'MODULE_FAULT';
  constructor(what: string, cause: unknown) {
    const line = sourceLine(cause);
    super(`${what} crashed: ${reasonOf(cause)}${line === undefined ? '' : ` (${line})`}`, { cause });
  }
}

/** A rule that held before the last block and does not hold now; a defect of the chain, not of a mechanism. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
  constructor(height: number, broken: readonly string[]) {
    super(`after block ${height}: ${broken.join('; ')}`);
  }
}

/** The nodes of a chain did not find each other again, or one did not catch up. */
export class NodesBehind extends Error {
  override readonly name = 'NodesBehind';
  readonly code = 'NODES_BEHIND';
  constructor(ms: number, missing: readonly string[]) {
    super(`after ${ms / 1000} s ${missing.join('; ')}`);
  }
}

/** File, line and column of the innermost frame of an error that is not the chain's own. */
export function sourceLine(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  const frames = error.stack
    .split('\n')
    .slice(1)
    .flatMap(line => /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? []);
  return frames.find(frame => !OURS.some(part => frame.includes(part)));
}

/** The interface, the chain and this kit, in source form and bundled; and Node itself. */
const OURS = [
  '/consensus/interface/',
  '/consensus/compliance/',
  '/chain/kernel/',
  '/dist/',
  'node:',
] as const;
