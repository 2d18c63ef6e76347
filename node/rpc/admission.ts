/** Whether a message of somebody is read now, or has to wait: the same for HTTP and WebSockets, nodes and the gateway. */
import type { IncomingMessage } from 'node:http';
import { batchLength } from './batchLength.ts';
import { refusalText } from './dispatch.ts';
import { RpcFault } from './errors.ts';
import type { RpcLimits } from './options.ts';
import { createRateLimiter } from './rate.ts';
import { refuseAll } from './refuse.ts';

/** The supervisor of a cluster shows the key of its nodes here: the gateway has counted already whom it speaks for. */
export const PASS_HEADER = 'devnet-pass';

/** Paths of whoever watches over a node or a cluster: that one asks often, and costs little. */
export const UNCOUNTED: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export interface AdmissionOptions {
  readonly limits: Pick<RpcLimits, 'requestsPerSecond' | 'requestBurst' | 'batchLength'>;
  /** Whoever shows it is not counted. */
  readonly pass?: string | undefined;
  /** Milliseconds; the time since the start of the process without it. */
  readonly now?: (() => number) | undefined;
  /** Told of each message that has to wait. */
  readonly onRefused: (reason: 'RATE_LIMITED') => void;
}

export interface Admission {
  /** null: the next message of this caller is read, and counted. Otherwise why not. */
  refusal(asked: IncomingMessage): RpcFault | null;
  /** What else the message of this caller holds: a batch counts as its requests. */
  count(asked: IncomingMessage, body: Buffer): void;
}

export function createAdmission({ limits, pass, now, onRefused }: AdmissionOptions): Admission {
  const { requestsPerSecond: perSecond, requestBurst: burst } = limits;
  const limiter = createRateLimiter({ perSecond, burst }, now ?? (() => performance.now()));
  const isCounted = ({ headers }: IncomingMessage): boolean =>
    perSecond > 0 && (pass === undefined || headers[PASS_HEADER] !== pass);
  return {
    refusal(asked) {
      const retryMs = isCounted(asked) ? limiter.take(addressOf(asked)) : 0;
      if (retryMs === 0) return null;
      onRefused('RATE_LIMITED');
      return new RpcFault('RATE_LIMITED', `more than ${perSecond} requests a second from this address`, {
        fields: { retryAfterMs: retryMs },
      });
    },
    count(asked, body) {
      if (!isCounted(asked)) return;
      const requests = batchLength(body, limits.batchLength);
      if (requests > 1) limiter.owe(addressOf(asked), requests - 1);
    },
  };
}

/** Of the connection. What headers say of others on the way anybody can write. */
const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';

/** Whole seconds for the header Retry-After (RFC 9110, 10.2.3). */
export const retryAfter = ({ fields }: RpcFault): string =>
  `${Math.max(1, Math.ceil(Number(fields.retryAfterMs) / 1_000))}`;

/** Messages of one WebSocket that are refused in a row before it ends. */
const MOST_REFUSED = 100;
/** Longer messages are refused without their ids. */
const LONGEST_READ = 16_384;
/** Code with which it ends (IANA registry of close codes). */
export const TRY_AGAIN_LATER = 1013;

export type Verdict =
  | { readonly kind: 'read' }
  /** Answered with this text; null for nothing, as notifications want it. */
  | { readonly kind: 'refuse'; readonly text: string | null }
  | { readonly kind: 'end'; readonly why: string };

export interface Patience {
  judge(message: Buffer): Verdict;
}

/** What becomes of the messages of one WebSocket: some are refused one by one, and then it ends. */
export function createPatience(admission: Admission, asked: IncomingMessage): Patience {
  let refused = 0;
  return {
    judge(message) {
      const refusal = admission.refusal(asked);
      if (refusal === null) {
        refused = 0;
        admission.count(asked, message);
        return { kind: 'read' };
      }
      refused += 1;
      if (refused > MOST_REFUSED) return { kind: 'end', why: `${refusal.code}: ${refusal.message}` };
      return {
        kind: 'refuse',
        text: message.length > LONGEST_READ ? refusalText(refusal) : refuseAll(message, refusal),
      };
    },
  };
}
