import { Block, BlockOutcomes, Genesis, genesisState, toAddress } from '../../chain/index.ts';
import { decode, fromHex } from '../../consensus/interface/index.ts';
import type { Client } from '../../node/client/index.ts';
import { changeJson } from '../../node/rpc/traces.ts';
import { formatTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import { withProgress } from '../progress.ts';
import type { Told } from '../replay/needed.ts';
import type { Replay } from '../replay/replay.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

interface ReplayFlags {
  readonly from: string;
  readonly to?: string;
  readonly plugin: string;
  readonly id: string;
  readonly was: readonly string[];
  readonly code: readonly string[];
}

export const registerReplay: Register = (program, run) => {
  program
    .command('replay')
    .description('run the history of a devnet under changed code and show what would differ')
    .requiredOption(
      '--plugin <folder>',
      'the changed code: a folder or a .plugin file; it runs in this process',
    )
    .option(
      '--id <id>',
      'consensus id whose code it takes the place of, until the chain installs other code under it',
      '0',
    )
    .option('--from <height>', 'first block under the changed code', '1')
    .option('--to <height>', 'last block; the last one of the chain when absent')
    .option(
      '--was <id=folder>',
      'code that ran, by its version; may be repeated',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option(
      '--code <folder>',
      "plugins directory of a node, where code that ran is found by its hash, besides the devnet's own; may be repeated",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .action((flags: ReplayFlags) => run.withContext(context => replayed(context, flags)));
};

/** Between two words of progress. */
const TOLD_BLOCKS = 100;

async function replayed({ client, directory, names }: Context, flags: ReplayFlags): Promise<Answer> {
  const { codeThatRan, loadPlugin, withCode } = await import('../replay/code.ts');
  const { neededCode } = await import('../replay/needed.ts');
  const { replay } = await import('../replay/replay.ts');
  const { pluginsDirectory } = await import('../plugins/installed.ts');
  const genesis = decode(Genesis, fromHex((await client.request('chain_getGenesis', {})).genesis));
  const { height: head } = await client.getHead();
  const from = whole(flags.from);
  const to = flags.to === undefined ? head : whole(flags.to);
  if (from < 1 || to > head || from > to)
    throw usageError(`--from and --to lie between 1 and ${head}, in this order`);
  const named = await Promise.all(
    flags.was.map(async word => {
      const [id = '', path = ''] = word.split('=', 2);
      return { id: whole(id), module: await loadPlugin(path) };
    }),
  );
  // Whether all is there should be known before the work.
  const needed = await neededCode(genesis, toldBy(blocksOf(client, to)));
  const was = await codeThatRan(needed, {
    named,
    directories: [...flags.code, pluginsDirectory(directory)],
  });
  const changed = { id: whole(flags.id), module: await loadPlugin(flags.plugin) };
  const found = await withProgress(`running ${to} blocks`, say =>
    replay({
      chainId: genesis.chainId,
      state: genesisState(genesis, was).state,
      was,
      would: state => withCode(was, changed, state),
      from,
      blocks: onlyBlocks(blocksOf(client, to)),
      progress: height => {
        if (height % TOLD_BLOCKS === 0) say(`block ${height} of ${to}`);
      },
    }),
  );
  const value = replayJson(found);
  return { value, text: replayText(value, await names()) };
}

/** From block 1 on, as the devnet hands them out. */
async function* blocksOf(
  client: Client,
  to: number,
): AsyncGenerator<{ readonly block: Block; readonly outcomes: BlockOutcomes }> {
  for (let next = 1; next <= to; ) {
    const { blocks } = await client.request('chain_getRawBlocks', { from: next });
    for (const { block, outcomes } of blocks) {
      if (next > to) return;
      yield { block: decode(Block, fromHex(block)), outcomes: decode(BlockOutcomes, fromHex(outcomes)) };
      next++;
    }
    if (blocks.length === 0)
      throw new CliError('BLOCK_MISSING', `there is no block ${next}`, 'ask another node: --rpc');
  }
}

type Stored = ReturnType<typeof blocksOf>;

async function* toldBy(blocks: Stored): AsyncGenerator<Told> {
  for await (const { block, outcomes } of blocks)
    yield { height: block.header.height, events: outcomes.events };
}

async function* onlyBlocks(blocks: Stored): AsyncGenerator<Block> {
  for await (const { block } of blocks) yield block;
}

const replayJson = ({ heights, balances, ...rest }: Replay) => ({
  ...rest,
  heights: heights.map(({ row, ...each }) => ({ ...each, row: row && changeJson(row) })),
  balances: balances.map(({ account, was, would }) => ({ address: toAddress(account), was, would })),
});

/** Lines of one list; --json has all. */
const SHOWN = 20;

function replayText(value: ReturnType<typeof replayJson>, names: ReadonlyMap<string, string>): string {
  const { from, to, differing, heights, calls, balances, stopped } = value;
  const blocks = `blocks ${from} to ${to}`;
  const end =
    stopped === null
      ? []
      : [
          `block ${stopped.height} cannot be executed: ${stopped.reason}`,
          ...stopped.stack.map(line => `  ${line}`),
        ];
  if (differing === 0 && stopped === null) return `${blocks}: nothing differs`;
  const rowWords = (row: (typeof heights)[number]['row']): string =>
    row === null
      ? ''
      : `${row.table} ${JSON.stringify(row.key)}: ${JSON.stringify(row.before)}, now ${JSON.stringify(row.after)}`;
  return [
    `${blocks}: ${differing} blocks come out otherwise`,
    ...heights
      .slice(0, SHOWN)
      .flatMap(({ height, first, row }) => [
        `block ${height}: ${first ?? 'only rows of the state differ'}`,
        ...(row === null ? [] : [`  ${rowWords(row)}`]),
      ]),
    ...calls
      .slice(0, SHOWN)
      .map(({ height, hash, was, would }) => `call ${hash} in block ${height}: ${was}, now ${would}`),
    ...(balances.length === 0 ? [] : [balanceTable(balances.slice(0, SHOWN), names)]),
    ...end,
  ].join('\n');
}

const balanceTable = (
  balances: ReturnType<typeof replayJson>['balances'],
  names: ReadonlyMap<string, string>,
): string =>
  table(
    ['account', 'was', 'would be'],
    balances.map(({ address, was, would }) => [
      names.get(address) ?? address,
      formatTokens(was),
      formatTokens(would),
    ]),
    [1, 2],
  );
