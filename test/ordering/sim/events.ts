/** What happens next in virtual time: earliest first, and in order of insertion at the same time. */
export interface Events {
  readonly size: number;
  /** The time of the last event that was taken. */
  readonly now: number;
  at(time: number, run: () => void): void;
  /** Runs the earliest event; false if there is none. */
  runNext(): boolean;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap. */
export function createEvents(): Events {
  const heap: Entry[] = [];
  let order = 0;
  let now = 0;

  const isBefore = (left: Entry, right: Entry): boolean =>
    left.time < right.time || (left.time === right.time && left.order < right.order);

  function rise(entry: Entry): void {
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  function sink(entry: Entry): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const first = heap[left];
      if (first === undefined) break;
      const second = heap[left + 1];
      const isSecond = second !== undefined && isBefore(second, first);
      const child = isSecond ? second : first;
      if (isBefore(entry, child)) break;
      heap[index] = child;
      index = isSecond ? left + 1 : left;
    }
    heap[index] = entry;
  }

  return {
    get size() {
      return heap.length;
    },
    get now() {
      return now;
    },
    at(time, run) {
      rise({ time: Math.max(time, now), order: order++, run });
    },
    runNext() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return false;
      if (heap.length > 0) sink(last);
      now = first.time;
      first.run();
      return true;
    },
  };
}
