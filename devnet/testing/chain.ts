import { getModuleByAccount, moduleAt } from '../../chain/index.ts';
import { linkCalls, methodCall, registration } from './calls.ts';
import { Core, type Moment } from './core.ts';
import { accountOf } from './people.ts';
import { type Name, readsOf, withView } from './reads.ts';
import { type Served, serveCall } from './served.ts';
import { CHAIN_ID, type ChainOptions, setUp, VALIDATOR } from './setup.ts';
import type { Chain, Receipt, Snapshot } from './types.ts';

const MAX_ARGS_BYTES = 256 * 1024;

/** A fresh chain with funded people. Throws GenesisError if a module refuses its parameters. */
export function createChain(options: ChainOptions = {}): Chain {
  const core = new Core(setUp(options), options.checkInvariants ?? true);
  let served: readonly Served[] = [];
  const reads = readsOf({
    chainId: CHAIN_ID,
    graceEpochs: core.genesis.graceEpochs,
    mechanisms: core.mechanisms,
    accountOf,
    now: () => ({ ...core.moment, epoch: core.epoch }),
    events: () => core.moment.events,
  });
  const { idOf, moduleOf, targetOf, ownerOf } = reads;
  const state = () => core.moment.state;
  const escrow = (server: string, amount: bigint, consensus: Name) => ({
    consensus: idOf(consensus),
    server: accountOf(server),
    amount,
  });
  const staking = (kind: 'stake' | 'unstake', who: string, target: Name, amount: bigint): Receipt =>
    core.submit(who, { kind, target: targetOf(target), amount });

  return withView<Chain>(reads.view, {
    call(consensus, name, args, { from, value = 0n }) {
      const { call, what } = methodCall(reads, { consensus, name, args, value });
      return core.submit(from, call, what);
    },
    transfer: (from, to, amount) => core.submit(from, { kind: 'transfer', to: accountOf(to), amount }),
    submit: (from, call) => core.submit(from, call),
    setBalance(who, free) {
      const operation = { kind: 'setBalance', account: accountOf(who), free } as const;
      core.submit(VALIDATOR, { kind: 'dev', operation });
    },

    mine: (blocks = 1) => core.mine(blocks),
    advanceEpoch: (epochs = 1) => Array.from({ length: epochs }, () => core.advanceEpoch()).flat(),
    increaseTime(milliseconds) {
      core.delay += milliseconds;
    },

    registerModule(who, register = {}) {
      core.submit(who, registration(reads, who, register));
      const found = getModuleByAccount(state(), accountOf(who));
      if (found === undefined) throw new TypeError(`${who} was registered and is no module`);
      return found.id;
    },
    link(parent, child, link) {
      const { propose, accept } = linkCalls(parent, child, link, core.epoch);
      core.submit(ownerOf(parent), propose);
      core.submit(ownerOf(child), accept);
    },
    stake: (who, target, amount) => staking('stake', who, target, amount),
    unstake: (who, target, amount) => staking('unstake', who, target, amount),
    reserve: (client, server, amount, consensus = 0) =>
      core.submit(client, { kind: 'reserve', ...escrow(server, amount, consensus) }),
    thaw: (client, server, amount, consensus = 0) =>
      core.submit(client, { kind: 'thaw', ...escrow(server, amount, consensus) }),

    serve(client, server, { fn, cost, tally = false }) {
      const call = {
        chain: CHAIN_ID,
        server: accountOf(server),
        client: accountOf(client),
        fn,
        epoch: core.epoch,
        time: core.moment.time,
        cost: cost ?? reads.priceOf(server, fn),
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
    revert(snapshot) {
      const taken = snapshot as unknown as { moment: Moment; served: readonly Served[]; delay: number };
      core.moment = taken.moment;
      served = taken.served;
      core.delay = taken.delay;
    },
  });
}
