/** The answer to a question, asked again when one of `inputs` changes. */
import { useEffect, useState } from 'preact/hooks';

export type Answer<T> =
  | { readonly state: 'waiting' }
  | { readonly state: 'here'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown };

/** Until a new answer is there, the one before stays; an answer that comes too late is dropped. */
export function useAnswer<T>(ask: () => Promise<T>, inputs: readonly unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'waiting' });
  useEffect(() => {
    let wanted = true;
    ask().then(
      value => wanted && setAnswer({ state: 'here', value }),
      error => wanted && setAnswer({ state: 'failed', error }),
    );
    return () => {
      wanted = false;
    };
  }, inputs);
  return answer;
}
