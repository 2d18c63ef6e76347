/** What the results of a batch changed since it ran, so that what nothing changed need not be read again. */

import type { Entry } from './knowledge.ts';
import { readName, rowName } from './readName.ts';
import type { JobResult, Read, ReadAnswer } from './wire.ts';

type Ops = Extract<JobResult, { readonly kind: 'ok' }>['ops'];
type Ledger = Extract<Ops[number], { readonly kind: 'transfer' }>['from'];

export class Touched {
  /** Names of the rows that were written and of the reserves that moved, as often as they did. */
  readonly #log: string[] = [];
  /** How long the log was after the last time, by name. */
  readonly #last = new Map<string, number>();

  /** A point in time, to ask what changed since. */
  get now(): number {
    return this.#log.length;
  }

  /** A result became part of the state; whether it did in the end does not matter here. */
  add(result: JobResult): void {
    if (result.kind !== 'ok') return;
    for (const op of result.ops) {
      if (op.kind === 'put' || op.kind === 'delete') this.#add(rowName(op.key));
      else if (op.kind === 'transfer') {
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
  mayChange({ name, read }: Pick<Entry, 'name' | 'read'>, since: number, horizon: string | null): boolean {
    switch (read.kind) {
      case 'get':
      case 'reserve':
        return (this.#last.get(name) ?? 0) > since;
      case 'scan': {
        const prefix = rowName(read.prefix);
        for (let at = since; at < this.#log.length; at++) {
          const written = this.#log[at] ?? '';
          if (written.startsWith(prefix) && (horizon === null || written <= horizon)) return true;
        }
        return false;
      }
      case 'pot':
      case 'balance':
        return true;
      default:
        return false;
    }
  }

  #addLedger(ledger: Ledger): void {
    if (ledger.kind === 'reserve') this.#add(readName(ledger));
  }

  #add(name: string): void {
    this.#log.push(name);
    this.#last.set(name, this.#log.length);
  }
}

/** The last key that a scan depends on: behind the row at which it stopped, rows may come and go. */
export function horizonOf(read: Read, answer: ReadAnswer): string | null {
  if (read.kind !== 'scan' || answer.kind !== 'rows' || read.limit === null) return null;
  const last = answer.rows.at(-1);
  return last === undefined || answer.rows.length < read.limit ? null : rowName(last.key);
}
