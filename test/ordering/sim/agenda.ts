/** What happens next in virtual time: earliest first, and in order of insertion at the same time. */
interface Entry<T> {
  readonly time: number;
  readonly order: number;
  readonly item: T;
}

const isBefore = <T>(left: Entry<T>, right: Entry<T>): boolean =>
  left.time < right.time || (left.time === right.time && left.order < right.order);

/** A binary heap. */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];
  #order = 0;
  #now = 0;

  /** The time of the last item that was taken. */
  get now(): number {
    return this.#now;
  }

  /** Puts an item at a time; one that lies in the past is now. */
  at(time: number, item: T): void {
    const entry = { time: Math.max(time, this.#now), order: this.#order++, item };
    const heap = this.#heap;
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

  /** Takes the earliest item; undefined if there is none. */
  next(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) this.#sink(last);
    this.#now = first.time;
    return first.item;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
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
}
