/** What the results of a batch changed since it ran, so that what nothing changed need not be read again. */
import type { JobResult, Read } from './wire.ts';

type Ops = Extract<JobResult, { readonly kind: 'ok' }>['ops'];
type Ledger = Extract<Ops[number], { readonly kind: 'transfer' }>['from'];

const keyName = (key: Uint8Array): string => Buffer.from(key).toString('latin1');

export class Touched {
  readonly #keys = new Set<string>();
  readonly #reserves = new Set<string>();

  /** A result became part of the state; whether it did in the end does not matter here. */
  add(result: JobResult): void {
    if (result.kind !== 'ok') return;
    for (const op of result.ops) {
      if (op.kind === 'put' || op.kind === 'delete') this.#keys.add(keyName(op.key));
      else if (op.kind === 'transfer') {
        this.#addLedger(op.from);
        this.#addLedger(op.to);
      }
    }
  }

  /**
   * Whether a read may have another answer than before the first of these results, with nothing but calls and transfers
   * in between. Own storage and reserves change by the module's own outcomes alone, terms and stake by neither; pots
   * and balances are always read again.
   */
  mayChange(read: Read): boolean {
    switch (read.kind) {
      case 'get':
        return this.#keys.has(keyName(read.key));
      case 'scan':
        return this.#keys.size > 0;
      case 'reserve':
        return this.#reserves.has(`${read.client}${read.server}`);
      case 'pot':
      case 'balance':
        return true;
      default:
        return false;
    }
  }

  #addLedger(ledger: Ledger): void {
    if (ledger.kind === 'reserve') this.#reserves.add(`${ledger.client}${ledger.server}`);
  }
}
