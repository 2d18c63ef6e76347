/** What others wrote, as text: each piece is kept apart, so that it cannot turn the direction of its neighbours. */
import type { ComponentChildren } from 'preact';
import { problemOf } from '../acting.ts';
import { instant, shortened } from '../format.ts';
import { blockLink, transactionLink } from '../route.ts';

export const Foreign = ({ text }: { readonly text: string }) => <bdi class="foreign">{text}</bdi>;

/** A hash or an address; whole in its title. */
export const Short = ({ text }: { readonly text: string }) => (
  <code class="short" title={text}>
    {shortened(text)}
  </code>
);

export const Json = ({ value }: { readonly value: unknown }) => (
  <pre class="json">{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
);

export const BlockLink = ({ height }: { readonly height: number }) => (
  <a href={blockLink(height)}>{height}</a>
);

export const TransactionLink = ({ hash }: { readonly hash: string }) => (
  <a href={transactionLink(hash)}>
    <Short text={hash} />
  </a>
);

export const Time = ({ ms }: { readonly ms: number }) => (
  <time dateTime={new Date(ms).toISOString()}>{instant(ms)}</time>
);

export function Problem({ error }: { readonly error: unknown }) {
  const { text, hint } = problemOf(error);
  return (
    <div class="problem" role="alert">
      <p>
        <Foreign text={text} />
      </p>
      {hint !== '' && (
        <p class="hint">
          <Foreign text={hint} />
        </p>
      )}
    </div>
  );
}

export const Tag = ({ kind, children }: { readonly kind: string; readonly children: ComponentChildren }) => (
  <span class={`tag ${kind}`}>{children}</span>
);

export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts.map(({ name, value }) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
