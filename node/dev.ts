/** Powers over time and money that only a devnet has. They move the whole cluster, whichever node is asked. */
import {
  type CallOf,
  type DevOperation,
  type Failure,
  getClockAhead,
  getEpoch,
  hintOf,
  type KernelCall,
  type KeyPair,
  listSnapshots,
  SignedTransaction,
  signingBytes,
  TOKEN,
  Transaction,
  takeDump,
} from '../chain/index.ts';
import { CodecError, decode, encode, type Hex, struct, u53, union } from '../consensus/interface/index.ts';
import type { Network } from '../p2p/network.ts';
import { OFFENCE_POINTS } from '../p2p/offences.ts';
import type { BlockTime, DevApi, Loaded, SnapshotName, WentBack } from './api.ts';
import type { NodeApplication } from './application.ts';
import { NodeError } from './errors.ts';
import { loadDump } from './loads.ts';
import type { BlockMode, OrderingEngine } from './ordering/types.ts';
import type { Runner } from './plugins/runner.ts';
import { PoolError } from './pool/errors.ts';
import type { Pool } from './pool/pool.ts';
import type { Store } from './store/store.ts';
import { untilCommit } from './waiting.ts';

/** How often a dev transaction is built again when another node, or a person, used its nonce. */
const ATTEMPTS = 8;
const MAX_CONTROL_BYTES = 64;

const ModeMessage = union({
  auto: [0, struct({ emptyMs: u53 })],
  interval: [1, struct({ ms: u53 })],
  manual: [2, struct({})],
});

/** Where a final transaction stands. */
interface Place {
  readonly height: number;
  readonly index: number;
}

/** What the chain refused; the code is that of the failure. */
export class DevRefused extends Error {
  override readonly name = 'DevRefused';
  readonly code: string;
  readonly hint: string;
  constructor({ code, message }: Failure) {
    super(message);
    this.code = code;
    this.hint = hintOf(code) ?? 'the dev authority of the genesis must sign this';
  }
}

export interface DevOptions {
  readonly chainId: string;
  /** null: this node may not sign for the dev authority. */
  readonly authority: (() => KeyPair) | null;
  readonly network: Network;
  readonly engine: OrderingEngine;
  readonly application: NodeApplication;
  readonly runner: Pick<Runner, 'mechanisms'>;
  readonly pool: Pool;
  readonly store: Store;
}

/** Call before the network starts. */
export function createDev(options: DevOptions): DevApi {
  const { chainId, engine, application, pool, store } = options;
  const shareMode = shareBlockMode(options.network, engine);
  let queue: Promise<unknown> = Promise.resolve();

  /** One after the other: they share the authority's nonces. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = queue.then(run);
    queue = result.catch((error: unknown) => error);
    return result;
  }

  async function mine(blocks: number): Promise<number> {
    const target = application.tip().height + blocks;
    engine.mineUntil(target);
    return untilCommit(application, `block ${target}`, () => {
      const { height } = application.tip();
      return height >= target ? height : undefined;
    });
  }

  /** Sends a call of the authority and waits until it is final, whether it succeeded or not. */
  async function send(call: KernelCall): Promise<Place & { readonly hash: Hex }> {
    for (let attempt = 1; ; attempt++) {
      try {
        const hash = await pool.add(signed(call), true);
        return { hash, ...(await untilFinal(hash)) };
      } catch (error) {
        const taken = error instanceof PoolError && /^NONCE_(USED|TAKEN)$/.test(error.code);
        if (!taken || attempt === ATTEMPTS) throw error;
      }
    }
  }

  function signed(call: KernelCall): Uint8Array {
    const authority = options.authority?.();
    if (authority === undefined)
      throw new NodeError(
        'DEV_FAILED',
        'this node does not hold the key of the dev authority',
        'ask a node that was started with devAuthority',
      );
    const transaction: Transaction = {
      chainId,
      sender: authority.account,
      nonce: pool.nextNonce(authority.account),
      feeLimit: TOKEN,
      expiry: null,
      call,
    };
    const signature = authority.sign(signingBytes('transaction', encode(Transaction, transaction)));
    return encode(SignedTransaction, { transaction, signature });
  }

  /** A block is asked for each time that one went by without the transaction: it may be on its way to the proposer. */
  async function untilFinal(hash: Hex): Promise<Place> {
    const place = await untilCommit(application, 'a dev transaction', () => {
      const found = store.transaction(hash);
      const dropped = pool.dropped(hash);
      if (found !== null) return found;
      if (dropped !== undefined && pool.get(hash) === undefined) return dropped;
      engine.mineUntil(application.tip().height + 1);
      return undefined;
    });
    if (place instanceof PoolError) throw place;
    return place;
  }

  /** Throws {@link DevRefused}. */
  async function operate(operation: DevOperation): Promise<Place> {
    const place = await send({ kind: 'dev', operation });
    const failure = await failureAt(place);
    if (failure !== null) throw new DevRefused(failure);
    return place;
  }

  async function register(call: CallOf<'installConsensus' | 'cancelConsensus'>): Promise<void> {
    const failure = await failureAt(await send(call));
    if (failure === null) return;
    const { code, message } = failure;
    const hint = hintOf(code) ?? 'the dev authority of the genesis must sign this';
    throw new NodeError('DEV_FAILED', `${code}: ${message}`, hint);
  }

  async function failureAt({ height, index }: Place): Promise<Failure | null> {
    return (await store.block(height))?.outcomes.transactions[index]?.failure ?? null;
  }

  async function nextEpoch(): Promise<void> {
    const epoch = (): number => getEpoch(application.tip().state).number;
    const before = epoch();
    await operate({ kind: 'advanceEpoch' });
    while (epoch() === before) await mine(1);
  }

  /** The block that carries the operation still has the time of before; the one after it has the new one. */
  async function increaseTime(ms: number): Promise<BlockTime> {
    await operate({ kind: 'increaseTime', ms });
    await mine(1);
    const { time, state } = application.tip();
    return { time, ahead: getClockAhead(state) };
  }

  const done = (operation: DevOperation): Promise<void> =>
    inTurn(async () => {
      await operate(operation);
    });

  const nameLeft = (): string => {
    const taken = new Set(listSnapshots(application.tip().state).map(([, { name }]) => name));
    for (let number = 1; ; number++) if (!taken.has(`snapshot-${number}`)) return `snapshot-${number}`;
  };

  async function snapshot(name = nameLeft()): Promise<SnapshotName> {
    const { height } = await operate({ kind: 'snapshot', name });
    return { name, height };
  }

  /** Where the epoch changes with one block after it, so that whoever reads the head finds the one that goes on. */
  async function revert(name: string): Promise<WentBack> {
    const known = listSnapshots(application.tip().state).find(([, row]) => row.name === name);
    const { height } = await operate({ kind: 'revert', name });
    if (known === undefined) throw new Error('the chain went back to a snapshot that it did not have');
    const { epoch, state } = application.tip();
    if (epoch !== getEpoch(state).number) await mine(1);
    return { height, to: known[1].height };
  }

  async function load(file: Uint8Array): Promise<Loaded> {
    const isRefusal = (error: unknown): boolean => error instanceof DevRefused;
    const loaded = await loadDump(file, { application, runner: options.runner, operate, isRefusal });
    await mine(1);
    return loaded;
  }

  return {
    mine,
    dump() {
      const { state, height, hash, time } = application.tip();
      return takeDump(state, { height, hash, time });
    },
    load: file => inTurn(() => load(file)),
    snapshot: name => inTurn(() => snapshot(name)),
    revert: name => inTurn(() => revert(name)),
    increaseTime: ms => inTurn(() => increaseTime(ms)),
    impersonate: (account, call) =>
      inTurn(async () => {
        const { hash } = await send({ kind: 'dev', operation: { kind: 'impersonate', account, call } });
        return hash;
      }),
    advanceEpoch: epochs =>
      inTurn(async () => {
        for (let done = 0; done < epochs; done++) await nextEpoch();
        return getEpoch(application.tip().state).number;
      }),
    setBalance: (account, free) => done({ kind: 'setBalance', account, free }),
    mint: (account, amount) => done({ kind: 'mint', account, amount }),
    installConsensus: installation => inTurn(() => register({ kind: 'installConsensus', ...installation })),
    cancelConsensus: id => inTurn(() => register({ kind: 'cancelConsensus', id })),
    blockMode: () => engine.mode(),
    setBlockMode: async mode => shareMode(mode),
    setFaults: rules => options.network.setFaults(rules),
    faults: () => options.network.faults(),
  };
}

/** Sets the block mode here and on all peers. */
function shareBlockMode(network: Network, engine: OrderingEngine): (mode: BlockMode) => void {
  const channel = network.channel('dev', {
    maxMessageBytes: MAX_CONTROL_BYTES,
    maxQueuedBytes: 64 * MAX_CONTROL_BYTES,
    // People change the mode, and scripts do it a few times a second.
    rate: { messagesPerSecond: 20, bytesPerSecond: 20 * MAX_CONTROL_BYTES },
    onMessage(peer, message) {
      try {
        engine.setMode(decode(ModeMessage, message, MAX_CONTROL_BYTES));
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        network.penalise(
          peer,
          OFFENCE_POINTS.malformed,
          `a dev message that does not decode: ${error.message}`,
        );
      }
    },
  });
  return mode => {
    engine.setMode(mode);
    channel.broadcast(encode(ModeMessage, mode));
  };
}
