/** What a question came to: still asking, an error, or the answer. */
import type { ComponentChildren } from 'preact';
import type { Answer } from '../useAnswer.ts';
import { Problem } from './texts.tsx';

interface AskedProps<T> {
  readonly answer: Answer<T>;
  readonly children: (value: T) => ComponentChildren;
}

export function Asked<T>({ answer, children }: AskedProps<T>) {
  if (answer.state === 'waiting') return <p class="quiet">Asking …</p>;
  if (answer.state === 'failed') return <Problem error={answer.error} />;
  return <>{children(answer.value)}</>;
}
