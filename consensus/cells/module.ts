import {
  type Account,
  type ConsensusModule,
  defineConsensusModule,
  INTERFACE_VERSION,
} from '../interface/index.ts';
import { createLua, LUA_HASH, LUA_VERSION, type Lua } from '../lua/index.ts';
import { events, Params } from './format.ts';
import { genesis } from './genesis.ts';
import { bind } from './payment.ts';
import { queries } from './queries.ts';
import { submit } from './submit.ts';

/**
 * Rules that live on chain: cells belong to modules, and the checker of a module, Lua on chain, decides about each group
 * of operations on its cells (spec section 8, docs/protocol/cells.md).
 */
export const createCells = (lua: Lua): ConsensusModule<Params> =>
  defineConsensusModule<Params>({
    info: {
      name: 'cells',
      version: '1.0.0',
      interfaceVersion: INTERFACE_VERSION,
      stateVersion: 1,
      requires: ['read_modules'],
    },
    params: Params,
    genesis,
    calls: { submit: submit(lua), bind },
    events,
    queries,
  });

/** It keeps code that was read lately; outcomes are the same with and without. */
export const cells = createCells(createLua());

/** A byte of state costs 0.0001 tokens, and comes back with it. */
const DEFAULT_PRICE = 100_000n;

/** Parameters of a chain that has no wishes but who governs; nobody without a governor. */
export const defaultParams = (governor: Account | null = null): Params => ({
  luaVersion: LUA_VERSION,
  luaHash: LUA_HASH,
  pricePerByte: DEFAULT_PRICE,
  governor,
});
