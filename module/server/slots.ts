/**
 * How many calls run at the same time, and who is next. Functions with room take turns, and within a function its
 * callers do, so that one caller with a thousand calls does not make the others wait for all of them.
 */
import { Refusal } from '../errors.ts';

export interface SlotLimits {
  /** Calls that run at the same time. */
  readonly running: number;
  /** Calls of one client that do. */
  readonly perClient: number;
  /** Calls that wait for their turn; more are refused. */
  readonly waiting: number;
  /** Calls of one client that do. */
  readonly waitingPerClient: number;
  /** Milliseconds that a call waits at most. */
  readonly waitMs: number;
  /** Calls of one function that run at the same time. */
  readonly ofFunction: (fn: string) => number | undefined;
}

export interface Slots {
  /** A place for a call that was let in. Throws OVERLOADED or STOPPING. */
  join(fn: string, client: string): Place;
  /** Nobody joins any more. */
  shut(): void;
  readonly open: boolean;
  /** Ends every call that waits or runs. */
  interrupt(why: Refusal): void;
  /** Resolves when no place is taken. */
  idle(): Promise<void>;
  counts(): { readonly running: number; readonly waiting: number };
}

export interface Place {
  /** Resolves when the call may run. Rejects with why it never will. */
  turn(): Promise<void>;
  /** Names who is told of an interruption while the call runs. */
  onInterrupt(listener: (why: Refusal) => void): void;
  interrupt(why: Refusal): void;
  /** The call is over. */
  leave(): void;
}

interface Waiter {
  readonly fn: string;
  readonly client: string;
  readonly run: () => void;
}

export function createSlots(limits: SlotLimits): Slots {
  const places = new Set<Place>();
  const runningOf = createCounts();
  const runningBy = createCounts();
  const waitingBy = createCounts();
  /** Function -> client -> its calls; both in the order of their turns. */
  const queues = new Map<string, Map<string, Waiter[]>>();
  let running = 0;
  let waiting = 0;
  let open = true;
  const idlers: (() => void)[] = [];

  const hasRoom = (fn: string, client: string): boolean =>
    running < limits.running &&
    runningBy.of(client) < limits.perClient &&
    runningOf.of(fn) < (limits.ofFunction(fn) ?? Number.POSITIVE_INFINITY);

  function start({ fn, client, run }: Waiter): void {
    running++;
    runningOf.add(fn, 1);
    runningBy.add(client, 1);
    run();
  }

  function enqueue(waiter: Waiter): void {
    const clients = queues.get(waiter.fn) ?? new Map<string, Waiter[]>();
    const line = clients.get(waiter.client) ?? [];
    line.push(waiter);
    clients.set(waiter.client, line);
    queues.set(waiter.fn, clients);
    waiting++;
    waitingBy.add(waiter.client, 1);
  }

  function dequeue(waiter: Waiter): void {
    const clients = queues.get(waiter.fn);
    const line = clients?.get(waiter.client) ?? [];
    line.splice(line.indexOf(waiter), 1);
    if (line.length === 0) clients?.delete(waiter.client);
    if (clients?.size === 0) queues.delete(waiter.fn);
    waiting--;
    waitingBy.add(waiter.client, -1);
  }

  /** The first that has room; its function and its client go to the end of the line. */
  function next(): Waiter | undefined {
    if (running >= limits.running) return undefined;
    for (const [fn, clients] of queues)
      for (const [client, [waiter]] of clients) {
        if (waiter === undefined || !hasRoom(fn, client)) continue;
        dequeue(waiter);
        toEnd(clients, client);
        toEnd(queues, fn);
        return waiter;
      }
    return undefined;
  }

  function startNext(): void {
    for (let waiter = next(); waiter !== undefined; waiter = next()) start(waiter);
  }

  function checkRoom(client: string): void {
    if (waiting >= limits.waiting) throw new Refusal('OVERLOADED', `${waiting} calls wait for their turn`);
    if (waitingBy.of(client) >= limits.waitingPerClient)
      throw new Refusal('OVERLOADED', `${limits.waitingPerClient} calls of this client wait for their turn`);
  }

  function join(fn: string, client: string): Place {
    if (!open) throw stopping();
    const direct = hasRoom(fn, client);
    if (!direct) checkRoom(client);
    let state: 'waiting' | 'running' | 'over' = 'waiting';
    let why: Refusal | null = null;
    let listener: ((why: Refusal) => void) | undefined;
    let wake = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    const waiter: Waiter = {
      fn,
      client,
      run() {
        state = 'running';
        clearTimeout(timer);
        wake();
      },
    };

    function unqueue(): void {
      clearTimeout(timer);
      if (state === 'waiting') dequeue(waiter);
    }

    const place: Place = {
      turn: () =>
        new Promise((resolve, reject) => {
          wake = () => (why === null ? resolve() : reject(why));
          if (state !== 'waiting' || why !== null) wake();
        }),
      onInterrupt(told) {
        listener = told;
        if (why !== null) told(why);
      },
      interrupt(reason) {
        if (why !== null || state === 'over') return;
        why = reason;
        listener?.(reason);
        wake();
      },
      leave() {
        if (state === 'over') return;
        unqueue();
        if (state === 'running') {
          running--;
          runningOf.add(fn, -1);
          runningBy.add(client, -1);
        }
        state = 'over';
        places.delete(place);
        startNext();
        if (places.size === 0) for (const resolve of idlers.splice(0)) resolve();
      },
    };
    places.add(place);
    if (direct) start(waiter);
    else {
      enqueue(waiter);
      const late = (): void =>
        place.interrupt(new Refusal('OVERLOADED', `no turn within ${limits.waitMs} ms`));
      timer = setTimeout(late, limits.waitMs);
    }
    return place;
  }

  return {
    join,
    shut() {
      open = false;
    },
    get open() {
      return open;
    },
    interrupt(why) {
      for (const place of [...places]) place.interrupt(why);
    },
    idle: () => (places.size === 0 ? Promise.resolve() : new Promise(resolve => idlers.push(resolve))),
    counts: () => ({ running, waiting }),
  };
}

export const stopping = (): Refusal => new Refusal('STOPPING', 'the server takes no more calls');

function toEnd<T>(map: Map<string, T>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}

/** How many there are of each name; names without any are forgotten. */
function createCounts(): { of(name: string): number; add(name: string, change: 1 | -1): void } {
  const counts = new Map<string, number>();
  return {
    of: name => counts.get(name) ?? 0,
    add(name, change) {
      const count = (counts.get(name) ?? 0) + change;
      if (count === 0) counts.delete(name);
      else counts.set(name, count);
    },
  };
}
