/** What the owner of a served module sees of it: a line that is kept up to date, or one line per thing that happens. */

import { type Log, type Reasons, type ServerStatus, sumOf } from '../../module/index.ts';
import { formatTokens } from '../amount.ts';
import { colors } from '../colors.ts';
import { drawBottom, note, table, toJson } from '../output.ts';

export interface ServeView {
  readonly log: Log;
  /** Shows a server's traffic from now on. */
  follow(status: () => ServerStatus): void;
  /** The last look at it. */
  end(): void;
}

/** Where things go; `columns` is undefined where nobody looks at a terminal. */
export interface Screen {
  /** For programs: one JSON value a line. */
  event(value: object): void;
  note(text: string): void;
  /** Replaces the line at the bottom. */
  line(text: string): void;
  readonly columns: number | undefined;
}

const LINE_MS = 500;
const EVENT_MS = 1_000;
const LOG_MS = 10_000;

/** The view that fits: events for programs, a status line on a terminal, a log elsewhere. */
export function createView(json: boolean, screen: Screen = standardScreen()): ServeView {
  if (json) return eventView(screen);
  return screen.columns === undefined ? logView(screen) : lineView(screen, screen.columns);
}

function eventView(screen: Screen): ServeView {
  const say = (level: string) => (fields: object, message: string) =>
    screen.event({ event: 'log', level, message, ...fields });
  return polled(EVENT_MS, { info: say('info'), warn: say('warn'), error: say('error') }, status =>
    screen.event({ event: 'traffic', ...status }),
  );
}

function logView(screen: Screen): ServeView {
  const say = (fields: object, message: string): void => screen.note(sentence(fields, message));
  return polled(LOG_MS, { info: say, warn: say, error: say }, status => screen.note(summaryOf(status)));
}

function lineView(screen: Screen, columns: number): ServeView {
  let last = '';
  const say = (paint: (text: string) => string) => (fields: object, message: string) => {
    screen.line('');
    screen.note(paint(sentence(fields, message)));
    screen.line(last);
  };
  const log = { info: say(text => text), warn: say(colors.yellow), error: say(colors.red) };
  const show = (status: ServerStatus): void => {
    last = summaryOf(status).slice(0, columns - 1);
    screen.line(last);
  };
  const view = polled(LINE_MS, log, show);
  return {
    ...view,
    end() {
      view.end();
      screen.line('');
    },
  };
}

/** Looks again and again, and shows what has changed. */
function polled(ms: number, log: Log, show: (status: ServerStatus) => void): ServeView {
  let timer: NodeJS.Timeout | undefined;
  let shown = '';
  let look = (): void => undefined;
  return {
    log,
    follow(status) {
      look = () => {
        const now = status();
        const text = toJson(now);
        if (text !== shown) show(now);
        shown = text;
      };
      look();
      timer = setInterval(look, ms);
      timer.unref();
    },
    end() {
      clearInterval(timer);
      look();
    },
  };
}

function sentence(fields: object, message: string): string {
  const extra = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
  return [message, ...extra].join(' ');
}

/** One line: traffic, money, and what could be lost. */
export function summaryOf({ epoch, running, waiting, counters, unsettled, dues }: ServerStatus): string {
  const { answered, failed, refused, earned } = counters;
  const parts = [
    `epoch ${epoch}`,
    `${answered} answered`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(running > 0 ? [`${running} running`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    `earned ${formatTokens(earned)}`,
    `unsettled ${formatTokens(unsettled)}`,
    ...dues.map(
      due =>
        `${formatTokens(due.amount)} of epoch ${due.epoch} lost unless claimed in ${due.epochsLeft} epoch(s): ${due.why}`,
    ),
  ];
  return parts.join(' · ');
}

/** Per function: calls, failures and refusals by name, money. */
export function trafficTable({ functions, others }: ServerStatus): string {
  const rows = Object.entries(functions).map(([fn, { answered, failed, refused, earned }]) => [
    fn,
    `${answered}`,
    reasonsOf(failed),
    reasonsOf(refused),
    formatTokens(earned),
  ]);
  const rest = sumOf(others) > 0 ? [['', '', '', reasonsOf(others), '']] : [];
  return table(['function', 'answered', 'failed', 'refused', 'earned'], [...rows, ...rest], [1, 4]);
}

const reasonsOf = (reasons: Reasons): string =>
  Object.entries(reasons)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

const standardScreen = (): Screen => ({
  event: value => void process.stdout.write(`${toJson(value)}\n`),
  note,
  line: drawBottom,
  columns: process.stderr.isTTY && !process.env.CI ? process.stderr.columns : undefined,
});
