/** How long a call is waited for: its time, and whoever ends it before. */
import { isRefusal, messageOf, REFUSED_BY_FUNCTIONS, Refusal } from '../errors.ts';

export interface Patience {
  /**
   * Waits for a step. What an author's step throws becomes FUNCTION_FAILED; `ours` passes as it is. Rejects at once
   * with the refusal when the time is over or the call was ended.
   */
  wait<T>(step: () => T | PromiseLike<T>, whose?: 'ours'): Promise<T>;
  /** Ends the call from outside. */
  end(why: Refusal): void;
  /** Aborted at the end, if it comes before the call's own. Made when first asked for: most functions do not. */
  signal(): AbortSignal;
  /** The call is over by itself. */
  stop(): void;
}

export function createPatience(fn: string, limitMs: number): Patience {
  let ended: Refusal | null = null;
  let reject: ((why: Refusal) => void) | null = null;
  let controller: AbortController | null = null;
  const end = (why: Refusal): void => {
    if (ended !== null) return;
    ended = why;
    clearTimeout(timer);
    reject?.(why);
    controller?.abort(why);
  };
  const timer = setTimeout(
    () => end(new Refusal('FUNCTION_TIMEOUT', `${fn} took longer than ${limitMs} ms`)),
    limitMs,
  );

  // One promise per step instead of a race against one that lives as long as the call and keeps all its listeners.
  function wait<T>(step: () => T | PromiseLike<T>, whose?: 'ours'): Promise<T> {
    return new Promise<T>((resolve, fail) => {
      if (ended !== null) return fail(ended);
      reject = fail;
      const told = (error: unknown): void => fail(whose === 'ours' ? error : failureOf(error));
      try {
        Promise.resolve(step()).then(resolve, told);
      } catch (error) {
        told(error);
      }
    });
  }

  return {
    wait,
    end,
    signal() {
      controller ??= new AbortController();
      if (ended !== null) controller.abort(ended);
      return controller.signal;
    },
    stop: () => clearTimeout(timer),
  };
}

/** What an author's code has thrown. Most refusals are the server's to give, so it may throw some of them only. */
export const failureOf = (cause: unknown): Refusal =>
  isRefusal(cause) && REFUSED_BY_FUNCTIONS.has(cause.name)
    ? new Refusal(cause.name, cause.message.slice(0, 1000), {}, { cause })
    : new Refusal('FUNCTION_FAILED', messageOf(cause).slice(0, 1000), {}, { cause });
