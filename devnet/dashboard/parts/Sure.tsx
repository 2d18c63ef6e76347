/** A button for what cannot be undone: it asks once more, in its own place. */
import { useState } from 'preact/hooks';
import { busy } from '../acting.ts';

interface SureProps {
  readonly name: string;
  readonly run: () => unknown;
}

export function Sure({ name, run }: SureProps) {
  const [asks, setAsks] = useState(false);
  return (
    <button
      type="button"
      class={asks ? 'sure' : 'plain'}
      disabled={busy}
      // Whoever goes on to something else did not mean it.
      onBlur={() => setAsks(false)}
      onClick={() => {
        if (asks) run();
        setAsks(!asks);
      }}
    >
      {asks ? `Really? ${name}` : name}
    </button>
  );
}
