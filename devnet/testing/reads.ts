/** What can be read of a chain, whoever makes its blocks. */
import {
  getAccount,
  getConsensus,
  getModule,
  getModuleByAccount,
  getModuleByAlias,
  getReserve,
  getStakeSnapshot,
  getSupply,
  type Mechanisms,
  priceAt,
  type StakeTarget,
  type State,
  viewOf,
} from '../../chain/index.ts';
import { type Account, type ConsensusModule, decode, encode } from '../../consensus/interface/index.ts';
import type { ChainView, LoggedEvent } from './types.ts';

export type Name = number | string;

/** What a chain is at one moment. */
export interface Moment {
  readonly state: State;
  readonly height: number;
  readonly epoch: number;
  readonly time: number;
}

export interface Source {
  readonly chainId: string;
  readonly graceEpochs: number;
  readonly mechanisms: Mechanisms;
  readonly accountOf: (who: string) => Account;
  readonly now: () => Moment;
  readonly events: () => readonly LoggedEvent[];
}

export interface Reads {
  readonly view: ChainView;
  /** The id of a consensus module. Throws RangeError for a name that none has. */
  idOf(consensus: Name): number;
  moduleOf(consensus: Name): ConsensusModule;
  targetOf(target: Name): StakeTarget;
  /** The account of a module. */
  ownerOf(module: number): Account;
  /** Base units that a call of a server's function costs in this epoch. */
  priceOf(server: string, fn: string): bigint;
}

export function readsOf(source: Source): Reads {
  const { mechanisms, accountOf, now } = source;
  const names = (): string => [...mechanisms.values()].map(({ info }) => info.name).join(', ');

  const idOf = (consensus: Name): number => {
    if (typeof consensus === 'number') return consensus;
    const found = [...mechanisms].find(([, { info }]) => info.name === consensus);
    if (found === undefined) throw new RangeError(`there is no consensus module ${consensus}: ${names()}`);
    return found[0];
  };
  const moduleOf = (consensus: Name): ConsensusModule => {
    const found = mechanisms.get(idOf(consensus));
    if (found === undefined) throw new RangeError(`there is no consensus module ${consensus}`);
    return found;
  };
  const targetOf = (target: Name): StakeTarget =>
    typeof target === 'number'
      ? { kind: 'module', module: target }
      : { kind: 'validator', validator: accountOf(target) };

  const view: ChainView = {
    get height() {
      return now().height;
    },
    get epoch() {
      return now().epoch;
    },
    get time() {
      return now().time;
    },
    get stateRoot() {
      return now().state.root;
    },
    get events() {
      return source.events();
    },
    account: accountOf,
    balance: who => getAccount(now().state, accountOf(who)).free,
    supply: () => getSupply(now().state).total,
    pot: consensus => getConsensus(now().state, idOf(consensus))?.pot ?? 0n,
    reserved: (client, server, consensus = 0) =>
      getReserve(now().state, idOf(consensus), accountOf(client), accountOf(server)),
    staked: target => getStakeSnapshot(now().state, targetOf(target)),
    storage: (consensus, key) => viewOf(now().state, idOf(consensus)).get(key),
    query(consensus, name, args = {}) {
      const module = moduleOf(consensus);
      const queries = module.queries ?? {};
      const found = Object.hasOwn(queries, name) ? queries[name] : undefined;
      if (found === undefined)
        throw new RangeError(`${module.info.name} has no query ${name}: ${Object.keys(queries).join(', ')}`);
      const own: unknown = decode(found.codec, encode(found.codec, args));
      const id = idOf(consensus);
      const { state, height, epoch, time } = now();
      const { chainId, graceEpochs } = source;
      const block = { chainId, consensus: id, height, epoch, time, graceEpochs };
      return decode(found.result, encode(found.result, found.run(viewOf(state, id), own, block)));
    },
  };

  return {
    view,
    idOf,
    moduleOf,
    targetOf,
    ownerOf(module) {
      const found = getModule(now().state, module);
      if (found === undefined) throw new RangeError(`there is no module ${module}`);
      return found.account;
    },
    priceOf(server, fn) {
      const { state, epoch } = now();
      const module = getModuleByAccount(state, accountOf(server)) ?? getModuleByAlias(state, server);
      const price = module === undefined ? undefined : priceAt(module, fn, epoch);
      if (price === undefined)
        throw new RangeError(`${server} has no price for ${fn} in epoch ${epoch}: name a cost`);
      return price;
    },
  };
}

/** `verbs` and everything of the view; its getters stay getters. */
export const withView = <Whole extends ChainView>(
  view: ChainView,
  verbs: Omit<Whole, keyof ChainView>,
): Whole => Object.defineProperties(verbs, Object.getOwnPropertyDescriptors(view)) as Whole;
