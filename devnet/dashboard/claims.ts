/** What a claim of consensus-0 says that a client signed, read from the JSON of its arguments. */

export interface SignedCall {
  readonly nonce: number;
  readonly fn: string;
  /** Milliseconds since 1970, by the client's clock. */
  readonly time: number;
  /** Base units. */
  readonly maxUsage: bigint;
  readonly cost: bigint;
}

/** "I owe you `total` for `count` calls with nonces up to `nonce`." */
export interface Tally {
  readonly nonce: number;
  readonly count: number;
  readonly total: bigint;
  /** Of the call whose header carries it. */
  readonly signedWith: number;
}

export interface SignedRow {
  readonly tally: Tally | null;
  /** Calls that are claimed one by one; those that a tally covers need no receipt. */
  readonly calls: readonly SignedCall[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The row of this client; null where the arguments are no claim of this shape, or have no such row. */
export function signedRow(args: unknown, client: string): SignedRow | null {
  const claim = fieldsOf(args);
  const row = listOf(claim.rows).find(each => each.client === client);
  if (row === undefined || typeof claim.time !== 'number') return null;
  const terms = listOf(claim.terms);
  const receipts = listOf(row.receipts);
  const calls = receipts.flatMap(each => callOf(each, terms, Number(claim.time)) ?? []);
  if (calls.length !== receipts.length) return null;
  if (row.tally === null) return { tally: null, calls };
  const carrier = receipts[Number(row.tally)];
  const tally = carrier === undefined ? null : tallyOf(carrier);
  return tally === null ? null : { tally, calls };
}

function callOf(receipt: Fields, terms: readonly Fields[], base: number): SignedCall | null {
  const of = terms[Number(receipt.terms)];
  const maxUsage = amountOf(of?.maxUsage);
  const cost = receipt.cost === null ? maxUsage : amountOf(receipt.cost);
  const { nonce, time } = receipt;
  if (typeof of?.fn !== 'string' || maxUsage === null || cost === null) return null;
  if (typeof nonce !== 'number' || typeof time !== 'number') return null;
  return { nonce, fn: of.fn, time: base + time, maxUsage, cost };
}

function tallyOf(receipt: Fields): Tally | null {
  const { nonce, count, total } = fieldsOf(receipt.tally);
  const amount = amountOf(total);
  if (typeof nonce !== 'number' || typeof count !== 'number' || amount === null) return null;
  return { nonce, count, total: amount, signedWith: Number(receipt.nonce) };
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

const amountOf = (value: unknown): bigint | null =>
  typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : null;

/** What the row asks for: its tally, and the calls after it. */
export const askedFor = ({ tally, calls }: SignedRow): bigint =>
  calls.reduce((sum, { cost }) => sum + cost, tally?.total ?? 0n);
