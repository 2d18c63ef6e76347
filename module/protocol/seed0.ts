/**
 * Seed 0's own auth headers `data, time, cost?, key, signature`. They bind neither the server nor the most that the
 * caller pays, and can be replayed, so they are accepted for functions that cost nothing only.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { fromAddress, joinSignature, sha256 } from '../../chain/index.ts';
import type { Account, Check } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf } from '../errors.ts';

export interface Seed0Auth {
  readonly client: string;
  readonly account: Account;
  /** Milliseconds. */
  readonly time: number;
  /** Lower-case hex sha256 of the call. */
  readonly data: string;
  readonly check: Check;
}

/** Whether a request carries the older form. */
export const hasSeed0Auth = (headers: IncomingHttpHeaders): boolean =>
  typeof headers.signature === 'string' && typeof headers.key === 'string';

/** Throws BAD_TEXT for a malformed one. Verifies nothing. */
export function parseSeed0Auth(headers: IncomingHttpHeaders): Seed0Auth {
  const { data, time, cost, key, signature } = headers;
  if (typeof data !== 'string' || !/^[0-9a-f]{64}$/.test(data))
    throw bad('data is not a lower-case hex sha256');
  if (typeof time !== 'string' || !/^\d{1,12}(\.\d{1,9})?$/.test(time))
    throw bad('time is not a number of seconds');
  if (typeof signature !== 'string' || !/^0x[0-9a-f]{128}$/.test(signature))
    throw bad('signature is not 64 bytes of 0x hex');
  if (cost !== undefined && (typeof cost !== 'string' || cost.length > 40)) throw bad('cost is malformed');
  const account = accountOf(key);
  const message = JSON.stringify(cost === undefined ? { data, time } : { data, time, cost });
  return {
    client: String(key),
    account,
    time: Math.round(Number(time) * 1000),
    data,
    check: {
      account,
      signature: joinSignature('sr25519', Buffer.from(signature.slice(2), 'hex')),
      message: Buffer.from(message, 'utf8'),
    },
  };
}

/**
 * The hashes that `data` may have for a call: over the JSON of `{ fn, params }` without spaces, with text as UTF-8
 * (clients in JavaScript) or with everything beyond ASCII escaped (clients in Python).
 */
export function seed0Hashes(fn: string, params: unknown): string[] {
  const raw = JSON.stringify({ fn, params });
  const escaped = raw.replace(
    /[\u0080-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [raw, escaped].map(text => sha256(Buffer.from(text, 'utf8')).slice(2));
}

function accountOf(key: unknown): Account {
  try {
    return fromAddress(String(key));
  } catch (error) {
    throw bad(messageOf(error));
  }
}

const bad = (reason: string): ModuleError =>
  new ModuleError(
    'BAD_TEXT',
    reason,
    'send data, time, key and signature as seed 0 does, or sign a version 2 header',
  );
