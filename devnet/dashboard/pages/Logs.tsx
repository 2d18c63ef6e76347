/** What the nodes write into their logs, as they do. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { grouped } from '../format.ts';
import { nodes } from '../live.ts';
import { LEVELS, type LogFilter, type LogLine, passes } from '../logLines.ts';
import { followLogs, isLive, lines } from '../logs.ts';
import { Foreign } from '../parts/texts.tsx';

/** Of those that pass; a page of more takes long to draw. */
const MOST_SHOWN = 500;

export function Logs() {
  const [filter, setFilter] = useState<LogFilter>({ node: null, level: 'debug', text: '' });
  const [held, setHeld] = useState<readonly LogLine[] | null>(null);
  useEffect(followLogs, []);
  const all = held ?? lines.value;
  const found = all.filter(line => passes(line, filter));
  return (
    <section class="card logs">
      <header class="title-row">
        <h1>Logs</h1>
        <span class={`connection ${isLive.value ? 'live' : 'lost'}`} role="status" data-test="logs-state">
          {held !== null ? 'held' : isLive.value ? 'live' : 'no connection'}
        </span>
      </header>
      <div class="filters">
        <Filters filter={filter} set={setFilter} />
        <button type="button" class="plain" onClick={() => setHeld(held === null ? lines.value : null)}>
          {held === null ? 'Hold' : 'Go on'}
        </button>
        <span class="quiet">
          {grouped(found.length)} of {grouped(all.length)} lines
        </span>
      </div>
      <Lines shown={found.slice(-MOST_SHOWN)} />
    </section>
  );
}

interface FiltersProps {
  readonly filter: LogFilter;
  readonly set: (filter: LogFilter) => void;
}

const Filters = ({ filter, set }: FiltersProps) => (
  <>
    <label>
      Node{' '}
      <select
        value={filter.node ?? ''}
        onChange={({ currentTarget: { value } }) =>
          set({ ...filter, node: value === '' ? null : Number(value) })
        }
      >
        <option value="">all</option>
        {nodes.value.map(({ status: { index } }) => (
          <option key={index} value={index}>
            {index}
          </option>
        ))}
      </select>
    </label>
    <label>
      Level{' '}
      <select
        value={filter.level}
        onChange={({ currentTarget: { value } }) =>
          set({ ...filter, level: LEVELS.find(level => level === value) ?? filter.level })
        }
      >
        {LEVELS.map(level => (
          <option key={level} value={level}>
            {level} and above
          </option>
        ))}
      </select>
    </label>
    <input
      type="search"
      aria-label="Text in the line"
      placeholder="Text in the line"
      spellcheck={false}
      value={filter.text}
      onInput={({ currentTarget: { value } }) => set({ ...filter, text: value })}
    />
  </>
);

/** Pixels from the end that still count as the end. */
const NEAR = 40;

/** Whoever looks at the end is kept there; whoever has scrolled up is left alone. */
function Lines({ shown }: { readonly shown: readonly LogLine[] }) {
  const box = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  });
  return (
    <ol
      class="log"
      ref={box}
      aria-label="Log lines"
      data-test="log"
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      {shown.map((line, index) => (
        <li key={index} class={line.node === null ? 'gap' : line.level}>
          <time>{line.time === 0 ? '' : new Date(line.time).toISOString().slice(11, 23)}</time>{' '}
          {line.node !== null && <b>{line.node}</b>} <i>{line.level}</i> <Foreign text={line.text} />{' '}
          <span class="quiet">
            <Foreign text={line.extra} />
          </span>
        </li>
      ))}
    </ol>
  );
}
