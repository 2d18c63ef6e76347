/** Two executions of one block, compared: what happened otherwise, in the order of the block. */
import {
  type ChainEvent,
  type Execution,
  eventCodec,
  Outcome,
  type Selection,
  SystemOutcome,
} from '../../chain/index.ts';
import { decode, encode, type Hex, toHex } from '../../consensus/interface/index.ts';

export interface CallDifference {
  readonly height: number;
  readonly hash: Hex;
  /** `ok`, or the code of the failure; `left out: ...` where it could not stand in the block. */
  readonly was: string;
  readonly would: string;
}

export function callsThatDiffer(
  height: number,
  hashes: readonly Hex[],
  real: Execution,
  tried: Selection,
): CallDifference[] {
  const others = outcomesOf(tried);
  return hashes.flatMap((hash, index) => {
    const was = verdict(real.outcomes.transactions[index]);
    const refusal = tried.rejected.find(rejected => rejected.hash === hash);
    const would = refusal === undefined ? verdict(others.get(hash)) : `left out: ${refusal.error.message}`;
    return was === would ? [] : [{ height, hash, was, would }];
  });
}

/** The first thing that came out otherwise, with both sides; closes first, then the block's own events, then transactions. */
export function firstOutcome(hashes: readonly Hex[], real: Execution, tried: Selection): string | null {
  return firstClose(real, tried) ?? firstEvent(real, tried) ?? firstTransaction(hashes, real, tried);
}

function firstClose(real: Execution, tried: Selection): string | null {
  const [closes, others] = [real.outcomes.system, tried.execution.outcomes.system];
  for (let index = 0; index < Math.max(closes.length, others.length); index++) {
    const [was, would] = [closes[index], others[index]];
    if (isSame(bytesOf(SystemOutcome, was), bytesOf(SystemOutcome, would))) continue;
    const { epoch, consensus } = was ?? would ?? NO_CLOSE;
    return `the close of epoch ${epoch} for consensus ${consensus}: ${closeWords(was)}, now ${closeWords(would)}`;
  }
  return null;
}

const NO_CLOSE = { epoch: 0, consensus: 0 } as const;

function closeWords(close: SystemOutcome | undefined): string {
  if (close === undefined) return 'none';
  const { failure, done, events } = close;
  return `${failure?.code ?? (done ? 'done' : 'not done yet')}, ${events.length} events`;
}

/** Of the block's own work, where code comes into force. */
function firstEvent(real: Execution, tried: Selection): string | null {
  const [events, others] = [real.outcomes.events, tried.execution.outcomes.events];
  for (let index = 0; index < Math.max(events.length, others.length); index++) {
    const [was, would] = [eventWords(events[index]), eventWords(others[index])];
    if (was !== would) return `event ${was}, now ${would}`;
  }
  return null;
}

function eventWords(event: ChainEvent | undefined): string {
  if (event === undefined) return 'none';
  const { source, name, data } = event;
  const codec = source === null ? eventCodec(null, name) : undefined;
  if (codec === undefined) return `${name} of consensus ${source}, ${toHex(data)}`;
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return `${name} ${JSON.stringify(decode(codec, data), plain)}`;
}

function firstTransaction(hashes: readonly Hex[], real: Execution, tried: Selection): string | null {
  const outcomes = outcomesOf(tried);
  for (const [index, hash] of hashes.entries()) {
    const [was, would] = [real.outcomes.transactions[index], outcomes.get(hash)];
    if (was === undefined || isSame(bytesOf(Outcome, was), bytesOf(Outcome, would))) continue;
    return `transaction ${hash}: ${outcomeWords(was)}, now ${would === undefined ? 'left out' : outcomeWords(would)}`;
  }
  return null;
}

/** The outcomes of the other execution, by transaction; those that were left out have none. */
const outcomesOf = ({ included, execution }: Selection): ReadonlyMap<Hex, Outcome> =>
  new Map(
    included.flatMap(({ hash }, index) => {
      const outcome = execution.outcomes.transactions[index];
      return outcome === undefined ? [] : [[hash, outcome] as const];
    }),
  );

const verdict = (outcome: Outcome | undefined): string =>
  outcome === undefined ? 'left out: the block is full before it' : (outcome.failure?.code ?? 'ok');

const outcomeWords = (outcome: Outcome): string =>
  `${verdict(outcome)}, ${outcome.events.length} events, fee ${outcome.fee}`;

const bytesOf = <T>(codec: Parameters<typeof encode<T>>[0], value: T | undefined): Uint8Array | null =>
  value === undefined ? null : encode(codec, value);

const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
