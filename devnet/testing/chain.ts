import {
  getAccount,
  getConsensus,
  getModule,
  getModuleByAccount,
  getModuleByAlias,
  getReserve,
  getStakeSnapshot,
  getSupply,
  hashOf,
  type KernelCall,
  LinkTerms,
  moduleAt,
  priceAt,
  type StakeTarget,
  viewOf,
} from '../../chain/index.ts';
import { type ConsensusModule, decode, encode } from '../../consensus/interface/index.ts';
import { Core, type Moment } from './core.ts';
import { accountOf } from './people.ts';
import { type Served, serveCall } from './served.ts';
import { CHAIN_ID, type ChainOptions, setUp, VALIDATOR } from './setup.ts';
import type { Chain, LinkOptions, Receipt, RegisterOptions, ServeOptions, Snapshot } from './types.ts';

type Name = number | string;

const NO_METADATA = { kind: 'inline', data: new Uint8Array() } as const;
const MAX_LINKS = 16;
const MAX_ARGS_BYTES = 256 * 1024;

/** A fresh chain with funded people. Throws GenesisError if a module refuses its parameters. */
export function createChain(options: ChainOptions = {}): Chain {
  const core = new Core(setUp(options), options.checkInvariants ?? true);
  let served: readonly Served[] = [];

  const idOf = (consensus: Name): number => {
    if (typeof consensus === 'number') return consensus;
    const found = [...core.mechanisms].find(([, { info }]) => info.name === consensus);
    if (found === undefined)
      throw new RangeError(
        `there is no consensus module ${consensus}: ${[...core.mechanisms.values()].map(({ info }) => info.name).join(', ')}`,
      );
    return found[0];
  };
  const moduleOf = (consensus: Name): ConsensusModule => {
    const found = core.mechanisms.get(idOf(consensus));
    if (found === undefined) throw new RangeError(`there is no consensus module ${consensus}`);
    return found;
  };
  const state = () => core.moment.state;
  const escrow = (server: string, amount: bigint, consensus: Name) => ({
    consensus: idOf(consensus),
    server: accountOf(server),
    amount,
  });
  const staking = (kind: 'stake' | 'unstake', who: string, target: Name, amount: bigint): Receipt =>
    core.submit(who, { kind, target: targetOf(target), amount });

  const chain: Chain = {
    get height() {
      return core.moment.height;
    },
    get epoch() {
      return core.epoch;
    },
    get time() {
      return core.moment.time;
    },
    get stateRoot() {
      return state().root;
    },
    get events() {
      return core.moment.events;
    },
    account: accountOf,
    balance: who => getAccount(state(), accountOf(who)).free,
    supply: () => getSupply(state()).total,
    pot: consensus => getConsensus(state(), idOf(consensus))?.pot ?? 0n,
    reserved: (client, server, consensus = 0) =>
      getReserve(state(), idOf(consensus), accountOf(client), accountOf(server)),
    staked: target => getStakeSnapshot(state(), targetOf(target)),
    storage: (consensus, key) => viewOf(state(), idOf(consensus)).get(key),

    call(consensus, name, args, { from, value = 0n }) {
      const module = moduleOf(consensus);
      const method = Object.hasOwn(module.calls, name) ? module.calls[name] : undefined;
      if (method === undefined)
        throw new RangeError(
          `${module.info.name} has no method ${name}: ${Object.keys(module.calls).join(', ')}`,
        );
      const call = {
        kind: 'call',
        consensus: idOf(consensus),
        method: name,
        args: encode(method.codec, args),
        value,
      } as const;
      return core.submit(from, call, `${module.info.name}.${name}`);
    },
    query(consensus, name, args = {}) {
      const module = moduleOf(consensus);
      const queries = module.queries ?? {};
      const found = Object.hasOwn(queries, name) ? queries[name] : undefined;
      if (found === undefined)
        throw new RangeError(`${module.info.name} has no query ${name}: ${Object.keys(queries).join(', ')}`);
      const own: unknown = decode(found.codec, encode(found.codec, args));
      const id = idOf(consensus);
      const { height, time } = core.moment;
      const { graceEpochs } = core.genesis;
      const block = { chainId: CHAIN_ID, consensus: id, height, epoch: core.epoch, time, graceEpochs };
      return decode(found.result, encode(found.result, found.run(viewOf(state(), id), own, block)));
    },
    transfer: (from, to, amount) => core.submit(from, { kind: 'transfer', to: accountOf(to), amount }),
    submit: (from, call) => core.submit(from, call),
    setBalance(who, free) {
      const operation = { kind: 'setBalance', account: accountOf(who), free } as const;
      core.submit(VALIDATOR, { kind: 'dev', operation });
    },

    mine: (blocks = 1) => core.mine(blocks),
    advanceEpoch: (epochs = 1) => Array.from({ length: epochs }, () => core.advanceEpoch()).flat(),
    advanceTime(milliseconds) {
      core.delay += milliseconds;
    },

    registerModule(who, register = {}) {
      core.submit(who, registration(who, register, idOf(register.consensus ?? 0)));
      const found = getModuleByAccount(state(), accountOf(who));
      if (found === undefined) throw new TypeError(`${who} was registered and is no module`);
      return found.id;
    },
    link(parent, child, link) {
      const terms = linkTerms(parent, child, link);
      core.submit(ownerOf(parent), { kind: 'proposeLink', terms, expires: core.epoch + 1 });
      core.submit(ownerOf(child), { kind: 'acceptLink', parent, child, termsHash: hashOf(LinkTerms, terms) });
    },
    stake: (who, target, amount) => staking('stake', who, target, amount),
    unstake: (who, target, amount) => staking('unstake', who, target, amount),
    reserve: (client, server, amount, consensus = 0) =>
      core.submit(client, { kind: 'reserve', ...escrow(server, amount, consensus) }),
    thaw: (client, server, amount, consensus = 0) =>
      core.submit(client, { kind: 'thaw', ...escrow(server, amount, consensus) }),

    serve(client, server, { fn, cost, tally = false }: ServeOptions) {
      const call = {
        chain: CHAIN_ID,
        server: accountOf(server),
        client: accountOf(client),
        fn,
        epoch: core.epoch,
        time: core.moment.time,
        cost: cost ?? priceOf(server, fn),
        tally,
      };
      const made = serveCall(call, served);
      served = [...served, made];
      return made.stored;
    },
    async claim(server, epoch) {
      const account = accountOf(server);
      const module = getModuleByAccount(state(), account);
      const consensus = module === undefined ? undefined : moduleAt(module, epoch)?.consensus;
      if (consensus === undefined) throw new RangeError(`${server} was no module in epoch ${epoch}`);
      const { info, prepare } = moduleOf(consensus);
      if (prepare === undefined) throw new RangeError(`${info.name} has no prepare: it takes no receipts`);
      const kept = served.filter(one => one.server === account && one.epoch === epoch);
      const local = { chainId: CHAIN_ID, server: account, maxArgsBytes: MAX_ARGS_BYTES };
      const calls = await prepare(
        local,
        epoch,
        kept.map(({ stored }) => stored),
      );
      return calls.map(({ method, args }) =>
        core.submit(server, { kind: 'call', consensus, method, args, value: 0n }, `${info.name}.${method}`),
      );
    },

    snapshot: () => ({ moment: core.moment, served, delay: core.delay }) as unknown as Snapshot,
    restore(snapshot) {
      const taken = snapshot as unknown as { moment: Moment; served: readonly Served[]; delay: number };
      core.moment = taken.moment;
      served = taken.served;
      core.delay = taken.delay;
    },
  };

  function ownerOf(module: number): string {
    const found = getModule(state(), module);
    if (found === undefined) throw new RangeError(`there is no module ${module}`);
    return found.account;
  }

  function priceOf(server: string, fn: string): bigint {
    const module = getModuleByAccount(state(), accountOf(server)) ?? getModuleByAlias(state(), server);
    const price = module === undefined ? undefined : priceAt(module, fn, core.epoch);
    if (price === undefined)
      throw new RangeError(`${server} has no price for ${fn} in epoch ${core.epoch}: name a cost`);
    return price;
  }

  return chain;
}

const targetOf = (target: Name): StakeTarget =>
  typeof target === 'number'
    ? { kind: 'module', module: target }
    : { kind: 'validator', validator: accountOf(target) };

const registration = (
  who: string,
  { alias = who, prices = {}, maxLinks = MAX_LINKS }: RegisterOptions,
  consensus: number,
): KernelCall => ({
  kind: 'registerModule',
  alias,
  url: '',
  consensus,
  prices: Object.entries(prices).map(([fn, price]) => ({ fn, price })),
  metadata: NO_METADATA,
  maxLinks,
});

const linkTerms = (
  parent: number,
  child: number,
  { shareBps, kind = 'custom', alias }: LinkOptions,
): LinkTerms => ({
  parent,
  child,
  kind,
  shareBps,
  alias: alias ?? `child-${child}`,
  metadata: NO_METADATA,
});
