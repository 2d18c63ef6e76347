/** Where a node starts from: its store, and the state after its last block. */
import {
  BLOCK_VERSION,
  type Genesis,
  GenesisError,
  genesisHash,
  getEpoch,
  getValidators,
  type Header,
  hashOf,
  State,
  ValidatorSet,
} from '../chain/index.ts';
import type { Hex } from '../consensus/interface/index.ts';
import type { Tip } from './application.ts';
import { NodeError } from './errors.ts';
import type { Runner } from './plugins/runner.ts';
import { openStore, type Store } from './store/store.ts';

const NO_HASH: Hex = `0x${'00'.repeat(32)}`;

/** Opens the store of a chain or makes it, and loads the state. Throws {@link NodeError}. */
export async function begin(
  directory: string,
  genesis: Genesis,
  runner: Runner,
  isSynced = true,
): Promise<{ store: Store; tip: Tip }> {
  // Only for a chain without blocks: its code may be out of force for long.
  let made: Promise<State> | undefined;
  const first = (): Promise<State> => {
    made ??= firstState(genesis, runner);
    return made;
  };
  const beginning = async () => {
    const state = await first();
    return { genesis, rows: state.rows(), epoch: getEpoch(state) };
  };
  const store = await openStore(directory, genesis, beginning, isSynced);
  try {
    const tip = store.height() === 0 ? genesisTip(genesis, await first()) : await loadTip(store, directory);
    await runner.ready(tip.state, { height: tip.height + 1, time: tip.time + 1 });
    return { store, tip };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function firstState(genesis: Genesis, runner: Runner): Promise<State> {
  try {
    return (await runner.genesis(genesis)).state;
  } catch (error) {
    if (!(error instanceof GenesisError)) throw error;
    const message = `no chain can start from this genesis: ${error.code}: ${error.message}`;
    throw new NodeError('GENESIS_INVALID', message, 'correct the genesis and start anew', { cause: error });
  }
}

async function loadTip(store: Store, directory: string): Promise<Tip> {
  const last = await store.block(store.height());
  if (last === null)
    throw new NodeError(
      'STORE_CORRUPT',
      `${directory} names block ${store.height()} as the last one and does not hold it`,
      'start anew with --reset, or copy the directory of another node',
    );
  const { hash, commit, block } = last;
  const { header } = block;
  const state = State.fromRows(await store.stateRows());
  if (state.root !== header.stateRoot)
    throw new NodeError(
      'STATE_MISMATCH',
      `the state in ${directory} has the root ${state.root}, block ${header.height} says ${header.stateRoot}`,
      'the store is damaged: start anew with --reset, or copy the directory of another node',
    );
  const head = { hash, header, commit, transactions: block.transactions.length };
  return { height: header.height, hash, time: header.time, epoch: header.epoch, state, head };
}

/** What stands for a block before the first: height 0 and the genesis' hash. */
export function genesisTip(genesis: Genesis, state: State): Tip {
  const hash = genesisHash(genesis);
  const epoch = getEpoch(state).number;
  const validatorsHash = hashOf(ValidatorSet, getValidators(state, 1));
  const header: Header = {
    version: BLOCK_VERSION,
    chainId: genesis.chainId,
    height: 0,
    time: genesis.time,
    epoch,
    parentHash: NO_HASH,
    proposer: NO_HASH,
    transactionsRoot: NO_HASH,
    evidenceRoot: NO_HASH,
    stateRoot: state.root,
    eventsRoot: NO_HASH,
    lastCommitHash: NO_HASH,
    validatorsHash,
    nextValidatorsHash: validatorsHash,
  };
  const commit = { height: 0, round: 0, blockHash: hash, signatures: [] };
  const head = { hash, header, commit, transactions: 0 };
  return { height: 0, hash, time: genesis.time, epoch, state, head };
}
