/** Packing bills into claims of bounded size. */
import { type Account, encode } from '../interface/index.ts';
import type { Bill, ServedCall } from './bill.ts';
import { CallTerms, type Claim, ClaimedCall, type ClaimRow, MAX_RECEIPTS, MAX_ROWS } from './format.ts';

export interface PackedClaim {
  readonly claim: Claim;
  /** Paid calls that it settles. */
  readonly receipts: number;
}

/** A header as it will stand in a row. */
interface Entry {
  readonly call: Omit<ClaimedCall, 'terms'>;
  readonly terms: CallTerms;
  readonly termsName: string;
  /** Bytes of `call` with the longest position of terms. */
  readonly size: number;
}

/** Most bytes of the claim's own fields, and of a row's without its receipts. */
const CLAIM_BYTES = 32;
const ROW_BYTES = 48;
const LAST_TERMS = 0xffff;

/**
 * Rows stay whole as long as they fit into one claim. A larger one is cut in ascending order of nonces; its tally, if
 * there is one, goes first, on a header of its own. Throws RangeError if not even one header fits.
 */
export function packClaims(epoch: number, bills: readonly Bill[], maxBytes: number): readonly PackedClaim[] {
  const time = earliest(bills);
  const claims = [new OpenClaim(epoch, time, maxBytes)];
  const last = () => claims.at(-1) ?? next();
  const next = () => {
    const claim = new OpenClaim(epoch, time, maxBytes);
    claims.push(claim);
    return claim;
  };
  for (const bill of bills) {
    const { tally, entries } = rowOf(bill, time);
    const claim = last().fits(entries) || last().empty ? last() : next();
    if (claim.fits(entries)) claim.add(bill.client, tally, entries, bill.covered + bill.calls.length);
    else addCut(bill, time, claim, next);
  }
  return claims.filter(claim => !claim.empty).map(claim => claim.finish());
}

/** Fills `claim` and as many more as the bill needs. */
function addCut(bill: Bill, time: number, claim: OpenClaim, next: () => OpenClaim): void {
  const calls = bill.calls.map(call => entryOf(call, time, call.cost));
  let rest = calls;
  let open = claim;
  if (bill.carrier !== undefined) rest = [entryOf(bill.carrier, time, 0n), ...calls];
  for (let tally = bill.carrier !== undefined; rest.length > 0; tally = false) {
    if (!open.empty) open = next();
    const count = open.room(rest);
    if (count === 0) throw new RangeError('not one header fits into a claim');
    open.add(bill.client, tally ? 0 : null, rest.slice(0, count), tally ? count - 1 + bill.covered : count);
    rest = rest.slice(count);
  }
}

function rowOf({ carrier, calls }: Bill, time: number): { tally: number | null; entries: readonly Entry[] } {
  const entries = calls.map(call => entryOf(call, time, call.cost));
  if (carrier === undefined) return { tally: null, entries };
  const at = calls.indexOf(carrier);
  return at >= 0 ? { tally: at, entries } : { tally: 0, entries: [entryOf(carrier, time, 0n), ...entries] };
}

function entryOf({ header, signature }: ServedCall, base: number, cost: bigint): Entry {
  const { paramsHash, nonce, tally, maxUsage } = header;
  const time = header.time - base;
  const call = { paramsHash, time, nonce, tally, signature, cost: cost === maxUsage ? null : cost };
  const terms = { fn: header.fn, maxUsage, server: null, epoch: null };
  const size = encode(ClaimedCall, { ...call, terms: LAST_TERMS }).length;
  return { call, terms, termsName: `${maxUsage} ${header.fn}`, size };
}

function earliest(bills: readonly Bill[]): number {
  let time = Number.MAX_SAFE_INTEGER;
  for (const { carrier, calls } of bills)
    for (const { header } of carrier === undefined ? calls : [carrier, ...calls])
      time = Math.min(time, header.time);
  return time;
}

class OpenClaim {
  readonly #epoch: number;
  readonly #time: number;
  readonly #maxBytes: number;
  readonly #terms = new Map<string, CallTerms>();
  readonly #positions = new Map<string, number>();
  readonly #rows: ClaimRow[] = [];
  #size = CLAIM_BYTES;
  #headers = 0;
  #receipts = 0;

  constructor(epoch: number, time: number, maxBytes: number) {
    this.#epoch = epoch;
    this.#time = time;
    this.#maxBytes = maxBytes;
  }

  get empty(): boolean {
    return this.#rows.length === 0;
  }

  fits(entries: readonly Entry[]): boolean {
    return this.room(entries) === entries.length;
  }

  /** How many of these headers, from the first on, one more row can hold. */
  room(entries: readonly Entry[]): number {
    if (this.#rows.length >= MAX_ROWS) return 0;
    const added = new Set<string>();
    let size = this.#size + ROW_BYTES;
    for (const [index, { terms, termsName, size: bytes }] of entries.entries()) {
      size += bytes;
      if (!this.#terms.has(termsName) && !added.has(termsName)) {
        added.add(termsName);
        size += encode(CallTerms, terms).length;
      }
      if (size > this.#maxBytes || this.#headers + index >= MAX_RECEIPTS) return index;
    }
    return entries.length;
  }

  add(client: Account, tally: number | null, entries: readonly Entry[], receipts: number): void {
    for (const { terms, termsName } of entries) {
      if (this.#terms.has(termsName)) continue;
      this.#positions.set(termsName, this.#terms.size);
      this.#terms.set(termsName, terms);
      this.#size += encode(CallTerms, terms).length;
    }
    const calls = entries.map(({ call, termsName }) => ({
      ...call,
      terms: this.#positions.get(termsName) ?? 0,
    }));
    this.#rows.push({ client, tally, receipts: calls });
    this.#size += ROW_BYTES + entries.reduce((sum, entry) => sum + entry.size, 0);
    this.#headers += entries.length;
    this.#receipts += receipts;
  }

  finish(): PackedClaim {
    const terms = [...this.#terms.values()];
    return {
      claim: { epoch: this.#epoch, time: this.#time, terms, rows: this.#rows },
      receipts: this.#receipts,
    };
  }
}
