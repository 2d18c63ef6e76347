/** Powers over one account that only a devnet has. */
import { useState } from 'preact/hooks';
import type { CallJson } from '../../../node/client/wire.ts';
import { actAs, EXAMPLES, putBalance } from '../accountDeeds.ts';
import { busy } from '../acting.ts';
import { baseUnits } from '../format.ts';
import { parseObject } from '../json.ts';
import { people } from '../names.ts';

export const AccountDeeds = ({ address }: { readonly address: string }) => (
  <section class="card below" aria-labelledby="deeds-title">
    <h2 id="deeds-title">Powers of a devnet</h2>
    <Balance address={address} />
    <Impersonate address={address} />
  </section>
);

function Balance({ address }: { readonly address: string }) {
  const [text, setText] = useState('10000');
  const free = baseUnits(text);
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        if (free !== null) void putBalance(address, free);
      }}
    >
      <fieldset>
        <legend>Free balance in tokens</legend>
        <input
          aria-label="Free balance in tokens"
          inputMode="decimal"
          value={text}
          aria-invalid={free === null}
          onInput={({ currentTarget: { value } }) => setText(value)}
        />
        <button type="submit" disabled={busy.value || free === null}>
          Set balance
        </button>
      </fieldset>
    </form>
  );
}

function Impersonate({ address }: { readonly address: string }) {
  const other = people.value.find(each => each.address !== address)?.address ?? address;
  const example = (kind: string): string => JSON.stringify(EXAMPLES[kind]?.(other), null, 2);
  const [written, setText] = useState<string | null>(null);
  // People become known after the first drawing.
  const text = written ?? example('transfer');
  return (
    <fieldset>
      <legend>In its name, without its signature</legend>
      <label>
        Begin with{' '}
        <select onChange={({ currentTarget: { value } }) => setText(example(value))}>
          {Object.keys(EXAMPLES).map(kind => (
            <option key={kind} value={kind}>
              {kind}
            </option>
          ))}
        </select>
      </label>
      <textarea
        aria-label="Call as JSON"
        rows={Math.min(12, text.split('\n').length + 1)}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget: { value } }) => setText(value)}
      />
      <button
        type="button"
        disabled={busy}
        onClick={() => {
          const call = parseObject(text, 'A call is JSON, as tx_build takes it');
          // The node checks what it is.
          if (call !== null) void actAs(address, call as CallJson);
        }}
      >
        Act as this account
      </button>
    </fieldset>
  );
}
