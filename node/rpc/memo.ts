import type { State } from '../../chain/index.ts';

/** Most answers kept for one state. */
const KEPT = 10_000;

/**
 * Remembers answers until the next block: a state never changes, so what was computed from it stays right as long as it
 * is the last one. Adding up what an account has here and there takes ten times as long as the rest of a request.
 */
export function perState<Key, Answer>(
  compute: (state: State, key: Key) => Answer,
): (state: State, key: Key) => Answer {
  let last: State | null = null;
  const known = new Map<Key, Answer>();
  return (state, key) => {
    if (state !== last || known.size >= KEPT) known.clear();
    last = state;
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer = compute(state, key);
    known.set(key, answer);
    return answer;
  };
}
