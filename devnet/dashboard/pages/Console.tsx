/** Every method that this devnet answers, to be asked from here, and written down for a shell or a program. */
import { useState } from 'preact/hooks';
import { busy, problemOf, said } from '../acting.ts';
import { parseObject } from '../json.ts';
import { goTo } from '../location.ts';
import { Asked } from '../parts/Asked.tsx';
import { Foreign, Json } from '../parts/texts.tsx';
import { consoleLink } from '../route.ts';
import { asCurl, asTypeScript, exampleOf, type Parameter } from '../snippets.ts';
import { askAny, gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

/** What is read here of an OpenRPC document. */
interface Method {
  readonly name: string;
  readonly description?: string | undefined;
  readonly params: readonly Parameter[];
}

async function discover(): Promise<readonly Method[]> {
  const { methods } = (await gateway.request('rpc.discover', {})) as { readonly methods: readonly Method[] };
  return [...methods].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Subscriptions need a WebSocket of their own; here they would tell nobody. */
const isAsked = ({ name }: Method): boolean => !/_(un)?subscribe$/.test(name);

export function Console({ method }: { readonly method: string }) {
  const answer = useAnswer(discover, []);
  return (
    <>
      <h1>Console</h1>
      <Asked answer={answer}>
        {methods => {
          const known = methods.filter(isAsked);
          const chosen = known.find(({ name }) => name === method);
          return (
            <>
              <label>
                Method{' '}
                <select value={method} onChange={event => goTo(consoleLink(event.currentTarget.value))}>
                  {known.map(({ name }) => (
                    <option key={name} value={name}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
              {chosen === undefined ? (
                <p>
                  There is no method <Foreign text={method} /> here.
                </p>
              ) : (
                <Request key={chosen.name} method={chosen} />
              )}
            </>
          );
        }}
      </Asked>
    </>
  );
}

function Request({ method: { name, description = '', params } }: { readonly method: Method }) {
  const [text, setText] = useState(JSON.stringify(exampleOf(params), null, 2));
  const [reply, setReply] = useState<unknown>(undefined);

  async function send(): Promise<void> {
    const value = parseParams(text);
    if (value === null || busy.value) return;
    busy.value = true;
    try {
      setReply(await askAny(name, value));
      said.value = { ok: true, text: `${name} answered`, hint: '' };
    } catch (error) {
      said.value = problemOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <section class="card below">
      <p>
        <Foreign text={description} />
      </p>
      <p class="quiet">
        {params.length === 0
          ? 'It takes no parameters.'
          : `Parameters: ${params.map(one => (one.required === true ? one.name : `${one.name}?`)).join(', ')}`}
      </p>
      <textarea
        aria-label="Parameters as JSON"
        rows={Math.min(16, text.split('\n').length + 1)}
        spellcheck={false}
        value={text}
        onInput={event => setText(event.currentTarget.value)}
      />
      <div class="buttons">
        <button type="button" disabled={busy} onClick={send}>
          Send
        </button>
        <Copy name="Copy as curl" text={() => written(asCurl, name, text)} />
        <Copy name="Copy as TypeScript" text={() => written(asTypeScript, name, text)} />
      </div>
      {reply !== undefined && (
        <div data-test="reply">
          <Json value={reply} />
        </div>
      )}
    </section>
  );
}

const parseParams = (text: string): object | null =>
  parseObject(text, 'Parameters are JSON, by name or in their order');

type Writer = (url: string, method: string, params: unknown) => string;

function written(writer: Writer, method: string, text: string): string | null {
  const params = parseParams(text);
  return params === null ? null : writer(location.origin, method, params);
}

interface CopyProps {
  readonly name: string;
  readonly text: () => string | null;
}

/** Browsers lend the clipboard to pages of this machine and of https; anywhere else the text is shown instead. */
function Copy({ name, text }: CopyProps) {
  const [shown, setShown] = useState<string | null>(null);
  async function copy(): Promise<void> {
    const made = text();
    if (made === null) return;
    setShown(made);
    try {
      await navigator.clipboard.writeText(made);
      said.value = { ok: true, text: 'Copied', hint: '' };
    } catch (error) {
      said.value = { ...problemOf(error), hint: 'Mark the text below and copy it by hand' };
    }
  }
  return (
    <>
      <button type="button" class="plain" onClick={copy}>
        {name}
      </button>
      {shown !== null && <pre class="json written">{shown}</pre>}
    </>
  );
}
