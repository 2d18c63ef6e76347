/** Cells as a chain has them now, by the queries of its consensus module. */
import { type CellInfo, cells, decodeData, type OutPoint, type Params } from '../../consensus/cells/index.ts';
import type { Client } from '../../node/client/index.ts';
import { fromJson, toJson } from '../../node/rpc/json.ts';
import { CliError } from '../errors.ts';

export interface CellsChain {
  /** Under which the chain knows cells. */
  readonly consensus: number;
  readonly chainId: string;
  /** Values in, values out. */
  query(name: string, args: unknown): Promise<unknown>;
}

export interface CellModule {
  readonly module: number;
  readonly cell: OutPoint;
  readonly checker: OutPoint;
}

/** Throws {@link CliError} NO_CELLS. */
export async function cellsOf(client: Client): Promise<CellsChain> {
  const [all, { chainId }] = await Promise.all([client.listConsensus(), client.getNodeInfo()]);
  const found = all.find(({ name }) => name === cells.info.name);
  if (found === undefined)
    throw new CliError(
      'NO_CELLS',
      'the chain has no cells',
      'devnet consensus install cells brings them; a new devnet has them from the start: devnet up --consensus cells',
    );
  if (found.status === 'pending')
    throw new CliError(
      'NO_CELLS',
      `cells are announced: in force from epoch ${found.activeFrom} on`,
      'wait for that epoch, or begin it: devnet epoch advance',
    );
  return {
    consensus: found.id,
    chainId,
    async query(name, args) {
      const query = cells.queries?.[name];
      if (query === undefined) throw new TypeError(`cells have no query ${name}`);
      const answer = await client.queryConsensus({
        id: found.id,
        query: name,
        args: toJson(query.codec, args),
      });
      return fromJson(query.result, answer);
    },
  };
}

export const cellAt = async (chain: CellsChain, at: OutPoint): Promise<CellInfo | null> =>
  (await chain.query('cell', at)) as CellInfo | null;

/** Throws {@link CliError} NO_SUCH_MODULE. */
export async function cellModule(chain: CellsChain, module: number): Promise<CellModule> {
  const after = module === 0 ? null : module - 1;
  const [found] = (await chain.query('modules', { after })) as readonly CellModule[];
  if (found?.module === module) return found;
  throw new CliError(
    'NO_SUCH_MODULE',
    `there is no cell module ${module}`,
    'devnet consensus query cells modules lists them',
  );
}

/** Of a cell that the chain always has. */
export async function known(chain: CellsChain, at: OutPoint): Promise<CellInfo> {
  const found = await cellAt(chain, at);
  if (found !== null) return found;
  throw new CliError('CELL_MOVED', 'somebody else used the cell meanwhile', 'try again');
}

/** Throws {@link CliError} NO_SUCH_MODULE. */
export async function codeOf(chain: CellsChain, module: number): Promise<Uint8Array> {
  const { checker } = await cellModule(chain, module);
  const data = decodeData((await known(chain, checker)).data);
  if (data.kind !== 'checker') throw new TypeError(`the checker of module ${module} is a ${data.kind}`);
  return data.code;
}

export const systemOf = async (chain: CellsChain) =>
  (await chain.query('system', {})) as {
    readonly root: CellInfo;
    readonly allocator: CellInfo;
    readonly params: Params;
  };

/** Pages of cells that are looked through for one. */
const MAX_PAGES = 100;

/** The cells that a group of this module can use: its own, and volatile ones for it. Throws {@link CliError} TOO_MANY_CELLS. */
export async function usableCells(chain: CellsChain, module: number): Promise<readonly CellInfo[]> {
  const found = new Map<string, CellInfo>();
  for (const query of ['cellsByModule', 'cellsForModule']) {
    let after: OutPoint | null = null;
    for (let page = 0; ; page++) {
      if (page === MAX_PAGES)
        throw new CliError(
          'TOO_MANY_CELLS',
          `module ${module} has too many cells to look through`,
          'name an outpoint',
        );
      const rows = (await chain.query(query, { module, after })) as readonly CellInfo[];
      for (const cell of rows) found.set(outPointText(cell.at), cell);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.at;
    }
  }
  return [...found.values()];
}

export const outPointText = ({ transaction, index }: OutPoint): string => `${transaction}:${index}`;
