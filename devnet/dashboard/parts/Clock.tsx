/** Where the epoch stands, and the means to move it. */
import { useState } from 'preact/hooks';
import { busy } from '../acting.ts';
import { duration, instant, plural } from '../format.ts';
import { meanInterval } from '../heads.ts';
import { epoch, head, heads, now } from '../live.ts';
import { mode, modeText, nextEpoch, pause, putForward, run, setMode, step } from '../time.ts';
import { Amount } from './Amount.tsx';

/** Blocks whose time is averaged. */
const RECENT = 20;

export const Clock = () => (
  <section class="card clock" aria-labelledby="clock-title">
    <h2 id="clock-title">Epoch</h2>
    <div class="dial-row">
      <Dial />
      <Figures />
    </div>
    <div class="buttons">
      {mode.value?.kind === 'manual' ? (
        <button type="button" disabled={busy} onClick={run} title="Blocks come by themselves again (p)">
          Run
        </button>
      ) : (
        <button type="button" disabled={busy} onClick={pause} title="No block until you make one (p)">
          Pause
        </button>
      )}
      <button type="button" disabled={busy} onClick={step} title="Make one block now (s)">
        Step
      </button>
      <button type="button" disabled={busy} onClick={nextEpoch} title="End this epoch now (e)">
        Advance epoch
      </button>
    </div>
    <details class="more">
      <summary>When blocks come, and the time</summary>
      <Mode />
      <Forward />
    </details>
  </section>
);

/** Blocks of the epoch that are final. The current head counts as one. */
function progress(): { readonly done: number; readonly of: number } | null {
  const current = epoch.value;
  const newest = head.value;
  if (current === null || newest === null || newest.epoch !== current.epoch) return null;
  const done = newest.height - current.startHeight + 1;
  return { done: Math.min(Math.max(done, 0), current.length), of: current.length };
}

/** In units of the drawing. */
const RADIUS = 42;
const AROUND = 2 * Math.PI * RADIUS;

function Dial() {
  const found = progress();
  const part = found === null ? 0 : found.done / found.of;
  return (
    <svg class="dial" viewBox="0 0 100 100" role="img" aria-label={said(found)}>
      <circle class="dial-all" cx="50" cy="50" r={RADIUS} />
      <circle
        class="dial-done"
        cx="50"
        cy="50"
        r={RADIUS}
        stroke-dasharray={`${AROUND * part} ${AROUND}`}
        transform="rotate(-90 50 50)"
      />
      <text x="50" y="58" text-anchor="middle">
        {head.value?.epoch ?? '–'}
      </text>
    </svg>
  );
}

const said = (found: ReturnType<typeof progress>): string =>
  found === null ? 'the epoch is not known yet' : `${found.done} of ${plural(found.of, 'block')}`;

function Figures() {
  const newest = head.value;
  const interval = meanInterval(heads.value.slice(0, RECENT));
  return (
    <dl class="figures">
      <dt>In this epoch</dt>
      <dd data-test="progress">{said(progress())}</dd>
      <dt>Height</dt>
      <dd data-test="height">{newest === null ? '–' : newest.height}</dd>
      <dt>Last block</dt>
      <dd>{newest === null ? '–' : `${duration(now.value - newest.time)} ago`}</dd>
      <dt>Blocks come</dt>
      <dd data-test="mode">{mode.value === null ? '–' : modeText(mode.value)}</dd>
      <dt>Between blocks</dt>
      <dd>{interval === null ? '–' : duration(interval)}</dd>
    </dl>
  );
}

const HOUR_MS = 3_600_000;

/** The bounds are those of the RPC. */
function Mode() {
  const [ms, setMs] = useState(500);
  const isPossible = ms >= 10 && ms <= HOUR_MS;
  return (
    <fieldset>
      <legend>A block</legend>
      <Amount label="Milliseconds" value={ms} most={HOUR_MS} set={setMs} />
      <button
        type="button"
        disabled={busy.value || !isPossible}
        onClick={() => setMode({ kind: 'interval', ms })}
      >
        Every so often
      </button>
      <button
        type="button"
        disabled={busy.value || !isPossible}
        onClick={() => setMode({ kind: 'auto', emptyMs: ms })}
        title="And an empty one after so many milliseconds"
      >
        For transactions
      </button>
    </fieldset>
  );
}

function Forward() {
  const [minutes, setMinutes] = useState(10);
  const newest = head.value;
  return (
    <fieldset>
      <legend>{newest === null ? 'Time' : `Time of the last block: ${instant(newest.time)}`}</legend>
      <Amount label="Minutes" value={minutes} most={525_600} set={setMinutes} />
      <button
        type="button"
        disabled={busy.value || minutes <= 0}
        onClick={() => putForward(Math.round(minutes * 60_000))}
      >
        Put forward
      </button>
    </fieldset>
  );
}
