/** The blocks of a running chain since the test began, and the events in them. */
import { eventCodec, type Mechanisms } from '../../chain/index.ts';
import { decode } from '../../consensus/interface/index.ts';
import type { Node } from '../../node/together/index.ts';
import { CallFailed } from './errors.ts';
import type { LoggedEvent, Receipt } from './types.ts';

type StoredBlock = NonNullable<Awaited<ReturnType<Node['block']>>>;
type Event = StoredBlock['outcomes']['events'][number];

export class EventLog {
  readonly #mechanisms: Mechanisms;
  /** In order of height: no node commits a block before the one below it. */
  readonly #blocks = new Map<number, StoredBlock>();
  readonly #events = new WeakMap<StoredBlock, readonly LoggedEvent[]>();
  #from = 0;

  constructor(mechanisms: Mechanisms) {
    this.#mechanisms = mechanisms;
  }

  follow(node: Node): void {
    node.onBlock(stored => {
      const { height } = stored.block.header;
      if (height >= this.#from && !this.#blocks.has(height)) this.#blocks.set(height, stored);
    });
  }

  /** Forgets the blocks below a height. */
  startAt(height: number): void {
    this.#from = height;
    this.#blocks.clear();
  }

  /** Blocks above `low`, up to `high`, were taken back. */
  cut(low: number, high: number): void {
    for (const height of [...this.#blocks.keys()])
      if (height > low && height <= high) this.#blocks.delete(height);
  }

  get events(): readonly LoggedEvent[] {
    return this.after(-1);
  }

  /** What happened in the blocks above a height. */
  after(height: number): readonly LoggedEvent[] {
    return [...this.#blocks.values()].flatMap(stored =>
      stored.block.header.height > height ? this.#eventsOf(stored) : [],
    );
  }

  receipt(height: number, index: number): Receipt {
    const outcome = this.#blocks.get(height)?.outcomes.transactions[index];
    if (outcome === undefined) throw new TypeError(`block ${height} has no transaction ${index}`);
    const { weight, fee } = outcome;
    return { height, events: outcome.events.map(event => this.#seen(event, height)), weight, fee };
  }

  /** Throws {@link CallFailed} for the first close of an epoch above a height that was refused. */
  requireClosed(height: number): void {
    for (const [at, { outcomes }] of this.#blocks) {
      if (at <= height) continue;
      for (const { consensus, epoch, failure } of outcomes.system)
        if (failure !== null)
          throw new CallFailed(`${this.#nameOf(consensus)}, closing epoch ${epoch} at height ${at}`, failure);
    }
  }

  #eventsOf(stored: StoredBlock): readonly LoggedEvent[] {
    const known = this.#events.get(stored);
    if (known !== undefined) return known;
    const { outcomes, block } = stored;
    const all = [
      ...outcomes.events,
      ...outcomes.system.flatMap(step => step.events),
      ...outcomes.transactions.flatMap(outcome => outcome.events),
    ].map(event => this.#seen(event, block.header.height));
    this.#events.set(stored, all);
    return all;
  }

  #seen({ source, name, data }: Event, height: number): LoggedEvent {
    const codec = eventCodec(source, name, this.#mechanisms);
    if (codec === undefined) throw new TypeError(`the event ${name} has no codec`);
    return { height, source: this.#nameOf(source), name, data: decode(codec, data) };
  }

  #nameOf(consensus: number | null): string {
    if (consensus === null) return 'chain';
    return this.#mechanisms.get(consensus)?.info.name ?? `consensus ${consensus}`;
  }
}
