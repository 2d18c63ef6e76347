/** A chain of real nodes for tests: the verbs of `createChain`, through RPC and blocks that validators agree on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { getEpoch, getModuleByAccount, type KeyPair, listConsensus } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import { DEV_AUTHORITY_PATH, devKey, validatorPath } from '../people.ts';
import { linkCalls, methodCall, registration } from './calls.ts';
import { CallFailed } from './errors.ts';
import { EventLog } from './eventLog.ts';
import { Nodes } from './nodes.ts';
import { accountNamed } from './people.ts';
import { type Name, readsOf, withView } from './reads.ts';
import type { Person, RunningChain, RunningOptions, StartedChain } from './runningTypes.ts';
import { createSender } from './sender.ts';
import { ServedModules } from './servedModules.ts';
import { CHAIN_ID, type ChainOptions, namesOf, type Setup, setUp } from './setup.ts';
import type { Snapshot } from './types.ts';

const NODES = 4;
/** Blocks of an epoch: so many that it ends when a test says so. */
const EPOCH_LENGTH = 1_000;
/** Milliseconds until a block without anything in it: a chain that nobody uses stands still. */
const IDLE_MS = 3_600_000;
/** A close that goes on for longer never ends; the chain itself gives up after many epochs. */
const MAX_CLOSE_BLOCKS = 1_000;

/** Starts the nodes in this process and runs the setup. Nothing is left when it fails. */
export async function start<Named extends string = Person>(
  options: RunningOptions<Named> = {},
): Promise<StartedChain<Named>> {
  const made = options.directory === undefined;
  const directory = resolve(options.directory ?? (await mkdtemp(join(tmpdir(), 'devnet-testing-'))));
  const people = namesOf(options as ChainOptions);
  const keys = Object.fromEntries(people.map(name => [name, keyOf(name)])) as Record<Named, KeyPair>;
  const validators = Array.from({ length: options.nodes ?? NODES }, (_, index) => validatorPath(index));
  const setup = setupOf(options as ChainOptions, validators);
  const nodes = new Nodes({
    ...setup,
    directory,
    validators,
    devAuthority: DEV_AUTHORITY_PATH,
    blockMode: blockMode(options.blockTime ?? 'auto'),
    logLevel: options.logLevel ?? 'warn',
    accounts: () => people.map(name => ({ name, address: keyOf(name).address })),
  });
  const log = new EventLog(setup.mechanisms);
  nodes.onStart(({ node }) => log.follow(node));
  const closers: (() => Promise<unknown>)[] = [
    async () => made && rm(directory, { recursive: true, force: true }),
    () => nodes.stop(),
  ];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };

  try {
    await nodes.start();
    const parts = assemble({ nodes, log, directory, setup, keys });
    closers.push(async () => parts.chain.client.close());
    closers.push(() => parts.modules.stop());
    const { chain, modules } = parts;
    const prepare = async (): Promise<void> => {
      await options.setup?.(chain);
      await nodes.keepClean();
      modules.keep();
      log.startAt(chain.height + 1);
    };
    await prepare();
    const clean = async (): Promise<void> => {
      // Servers follow the chain: when it goes back, they begin anew.
      const isUntouched = nodes.isUntouched && modules.isUntouched;
      if (!isUntouched) await modules.stop();
      if (await nodes.goBack()) {
        if (!isUntouched) await modules.again();
        log.startAt(chain.height + 1);
        return;
      }
      modules.forget();
      log.startAt(0);
      await nodes.renew();
      await prepare();
    };
    return Object.assign(chain, { clean, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The key of a name: that of `devnet up` for its people, and made in the same way for all others. */
const keyOf = (who: string): KeyPair => devKey('', `//${who.charAt(0).toUpperCase()}${who.slice(1)}`);

const accountOf = (who: string): Account => accountNamed(who) ?? keyOf(who).account;

const setupOf = (options: ChainOptions, validators: readonly string[]): Setup =>
  setUp(
    { time: Date.now(), epochLength: EPOCH_LENGTH, ...options },
    {
      accountOf,
      validators: validators.map(path => devKey('', path, 'ed25519').account),
      authority: devKey('', DEV_AUTHORITY_PATH).account,
    },
  );

function blockMode(time: 'auto' | 'manual' | number) {
  if (time === 'auto') return { kind: 'auto', emptyMs: IDLE_MS } as const;
  return time === 'manual' ? ({ kind: 'manual' } as const) : ({ kind: 'interval', ms: time } as const);
}

interface Parts<Named extends string> {
  readonly nodes: Nodes;
  readonly log: EventLog;
  readonly directory: string;
  readonly setup: Setup;
  readonly keys: Readonly<Record<Named, KeyPair>>;
}

function assemble<Named extends string>({ nodes, log, directory, setup, keys }: Parts<Named>) {
  const { genesis, mechanisms } = setup;
  const client = createClient(nodes.url);
  const head = () => nodes.best().node.head().header;
  const reads = readsOf({
    chainId: CHAIN_ID,
    graceEpochs: genesis.graceEpochs,
    mechanisms,
    accountOf,
    now: () => {
      const state = nodes.best().node.state();
      return { state, height: head().height, epoch: getEpoch(state).number, time: head().time };
    },
    events: () => log.events,
  });
  const { idOf, targetOf, ownerOf } = reads;
  const modules = new ServedModules({
    directory,
    client,
    keyOf,
    idOf,
    mechanisms: [...mechanisms.values()],
  });
  const { submit, impersonate } = createSender({ client, log, nodes, keyOf, accountOf, genesis });
  const escrow = (server: string, amount: bigint, consensus: Name) => ({
    consensus: idOf(consensus),
    server: accountOf(server),
    amount,
  });
  const seen = async (work: () => Promise<unknown>) => {
    const { height } = head();
    await work();
    return log.after(height);
  };
  const closeAll = async (from: number): Promise<void> => {
    const isClosing = () =>
      listConsensus(nodes.best().node.state()).some(({ closing }) => closing.length > 0);
    for (let blocks = 0; isClosing(); blocks++) {
      if (blocks === MAX_CLOSE_BLOCKS)
        throw new CallFailed('the close of an epoch', {
          code: 'ENDLESS',
          message: `it asks for more after ${MAX_CLOSE_BLOCKS} blocks`,
        });
      await nodes.dev.mine(1);
    }
    log.requireClosed(from);
  };
  const told = async (work: Promise<unknown>): Promise<void> => void (await work);
  const { control } = nodes;

  const chain = withView<RunningChain<Named>>(reads.view, {
    url: nodes.url,
    ws: nodes.url.replace(/^http/, 'ws'),
    client,
    accounts: keys,
    directory,
    key: keyOf,
    urlOf: node => nodes.urlOf(node),

    call(consensus, name, args, { from, value = 0n }) {
      const { call, what } = methodCall(reads, { consensus, name, args, value });
      return submit(from, call, what);
    },
    transfer: (from, to, amount) => submit(from, { kind: 'transfer', to: accountOf(to), amount }),
    submit,
    impersonate,
    setBalance: (who, free) => nodes.dev.setBalance(accountOf(who), free),

    mine: (blocks = 1) => seen(() => nodes.dev.mine(blocks)),
    advanceEpoch: (epochs = 1) =>
      seen(async () => {
        for (let ended = 0; ended < epochs; ended++) {
          const { height } = head();
          await nodes.dev.advanceEpoch(1);
          await closeAll(height);
        }
      }),
    increaseTime: milliseconds => told(nodes.dev.increaseTime(milliseconds)),

    async registerModule(who, register = {}) {
      await submit(who, registration(reads, who, register));
      const found = getModuleByAccount(nodes.best().node.state(), accountOf(who));
      if (found === undefined) throw new TypeError(`${who} was registered and is no module`);
      return found.id;
    },
    async link(parent, child, link) {
      const { propose, accept } = linkCalls(parent, child, link, reads.view.epoch);
      await submit(ownerOf(parent), propose);
      await submit(ownerOf(child), accept);
    },
    stake: (who, target, amount) => submit(who, { kind: 'stake', target: targetOf(target), amount }),
    unstake: (who, target, amount) => submit(who, { kind: 'unstake', target: targetOf(target), amount }),
    reserve: (who, server, amount, consensus = 0) =>
      submit(who, { kind: 'reserve', ...escrow(server, amount, consensus) }),
    thaw: (who, server, amount, consensus = 0) =>
      submit(who, { kind: 'thaw', ...escrow(server, amount, consensus) }),
    serveModule: (who, terms) => modules.serve(who, terms),
    moduleClient: (who, options) => modules.client(who, options),

    partition: (...groups) => told(control.partition(groups)),
    latency: (ms, options = {}) => told(control.latency({ ms, ...options })),
    loss: (percent, options = {}) => told(control.loss({ percent, ...options })),
    async heal() {
      await control.heal();
      await nodes.settled();
    },
    kill: node => told(control.kill(node)),
    restart: node => told(control.restart(node)),
    settled: () => nodes.settled(),

    snapshot: async () => (await nodes.dev.snapshot()) as unknown as Snapshot,
    async revert(snapshot) {
      const { name } = snapshot as unknown as { readonly name: string };
      const { to, height } = await nodes.dev.revert(name);
      log.cut(to, height);
    },
  });
  return { chain, modules };
}
