/** What the results of a batch changed since it ran, so that what nothing changed need not be read again. */
import { bytesName } from './readName.ts';
import type { JobResult, Read, ReadAnswer } from './wire.ts';

type Ops = Extract<JobResult, { readonly kind: 'ok' }>['ops'];
type Ledger = Extract<Ops[number], { readonly kind: 'transfer' }>['from'];

const pairOf = (client: string, server: string): string => `${client}${server}`;

export class Touched {
  /** Names of the keys that were written, as often as they were. */
  readonly #log: string[] = [];
  /** How long the log was after the last write of a key, and at the last movement of a reserve. */
  readonly #keys = new Map<string, number>();
  readonly #reserves = new Map<string, number>();

  /** A point in time, to ask what changed since. */
  get now(): number {
    return this.#log.length;
  }

  /** A result became part of the state; whether it did in the end does not matter here. */
  add(result: JobResult): void {
    if (result.kind !== 'ok') return;
    for (const op of result.ops) {
      if (op.kind === 'put' || op.kind === 'delete') {
        const name = bytesName(op.key);
        this.#log.push(name);
        this.#keys.set(name, this.#log.length);
      } else if (op.kind === 'transfer') {
        this.#addLedger(op.from);
        this.#addLedger(op.to);
      }
    }
  }

  /**
   * Whether a read may have another answer than at that time, with nothing but calls and transfers in between. Own
   * storage and reserves change by the module's own outcomes alone, terms and stake by neither; pots and balances are
   * always read again. `horizon` is the last key that counts for a scan.
   */
  mayChange(read: Read, since: number, horizon: string | null): boolean {
    switch (read.kind) {
      case 'get':
        return (this.#keys.get(bytesName(read.key)) ?? 0) > since;
      case 'scan': {
        const prefix = bytesName(read.prefix);
        for (let at = since; at < this.#log.length; at++) {
          const name = this.#log[at] ?? '';
          if (name.startsWith(prefix) && (horizon === null || name <= horizon)) return true;
        }
        return false;
      }
      case 'reserve':
        return (this.#reserves.get(pairOf(read.client, read.server)) ?? 0) > since;
      case 'pot':
      case 'balance':
        return true;
      default:
        return false;
    }
  }

  #addLedger(ledger: Ledger): void {
    if (ledger.kind !== 'reserve') return;
    // A place of its own, so that it lies after every time so far.
    this.#log.push('');
    this.#reserves.set(pairOf(ledger.client, ledger.server), this.#log.length);
  }
}

/** The last key that a scan depends on: behind the row at which it stopped, rows may come and go. */
export function horizonOf(read: Read, answer: ReadAnswer): string | null {
  if (read.kind !== 'scan' || answer.kind !== 'rows' || read.limit === null) return null;
  const last = answer.rows.at(-1);
  return last === undefined || answer.rows.length < read.limit ? null : bytesName(last.key);
}
