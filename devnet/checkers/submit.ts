/** Sends transactions of cells, and tells what came of them. */
import { Submission } from '../../consensus/cells/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import type { Lua } from '../../consensus/lua/index.ts';
import { type Client, RpcError } from '../../node/client/index.ts';
import { CliError } from '../errors.ts';
import { type Composing, compose, type Wanted } from './compose.ts';
import type { CellsChain } from './onChain.ts';

/** Most that a transaction costs which is sent although it will be refused, in base units. */
const ANYWAY_FEE = 100_000_000n;

export interface Submitted {
  /** Of the chain's transaction. */
  readonly hash: string;
  readonly height: number;
  readonly fee: bigint;
  /** Escrow that was paid for capacity, and that came back. */
  readonly escrow: bigint;
  readonly freed: bigint;
  /** Units that the checkers used. */
  readonly fuel: number;
  /** New cells, in order. */
  readonly outputs: readonly string[];
  /** The module that was registered. */
  readonly registered: number | null;
}

export interface Submitting extends Composing {
  readonly client: Client;
  readonly chain: CellsChain;
  readonly lua: Lua;
}

/** Throws {@link CliError} with the code of the rule that it breaks, before or after it was sent. */
export async function submitWanted(
  wanted: Wanted,
  { client, chain, lua, ...composing }: Submitting,
): Promise<Submitted> {
  const { submission, value, escrow, freed } = await compose(chain, lua, wanted, composing);
  const { consensus } = chain;
  const args = encode(Submission, submission);
  const final = await sendOrExplain(client, {
    from: composing.sender,
    call: { kind: 'call', consensus, method: 'submit', args, value },
    ...(composing.anyway ? { feeLimit: ANYWAY_FEE } : {}),
  });
  const told = (name: string) =>
    final.events.find(event => event.source === consensus && event.name === name)?.data as
      | Readonly<Record<string, unknown>>
      | undefined;
  const applied = told('applied') as { transaction: string; outputs: number; fuel: number } | undefined;
  if (applied === undefined) throw new TypeError('a transaction of cells was applied and tells nothing');
  return {
    hash: final.hash,
    height: final.height,
    fee: BigInt(final.fee),
    escrow,
    freed,
    fuel: applied.fuel,
    outputs: Array.from({ length: applied.outputs }, (_, index) => `${applied.transaction}:${index}`),
    registered: (told('registered') as { module: number } | undefined)?.module ?? null,
  };
}

async function sendOrExplain(client: Client, parameters: Parameters<Client['send']>[0]) {
  try {
    return await client.send(parameters);
  } catch (error) {
    if (!(error instanceof RpcError) || typeof error.data.hash !== 'string') throw error;
    throw new CliError(
      error.name,
      `${error.message} (transaction ${error.data.hash})`,
      `devnet checker trace ${error.data.hash}`,
    );
  }
}

/** Somebody else can be faster with a cell that everybody uses, as the Allocator is. */
const ATTEMPTS = 5;
const MOVED: ReadonlySet<string> = new Set(['NO_SUCH_CELL', 'CELL_MOVED']);

/** The same, looked up anew where cells are gone. */
export async function submitFresh(wanted: () => Promise<Wanted>, submitting: Submitting): Promise<Submitted> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await submitWanted(await wanted(), submitting);
    } catch (error) {
      const gone = (error instanceof CliError || error instanceof RpcError) && MOVED.has(error.name);
      if (!gone || attempt === ATTEMPTS) throw error;
    }
  }
}
