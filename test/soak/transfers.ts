/**
 * People who send money through whichever node answers, in bursts, and wait for the last of each burst. What a node has
 * accepted is never sent again: it has to become final by itself, whatever becomes of the node.
 */
import type { KeyPair } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { RpcError } from '../../node/client/index.ts';
import { seededRandom } from '../../p2p/environment.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { signedTransfer } from '../support/transfer.ts';
import type { Cluster, Validator } from './cluster.ts';
import type { Place } from './remains.ts';

/** What a dying node, or one that has just come up, answers: nothing is known, or nothing is wrong. */
const PASSING: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'TIMEOUT',
  'CLOSED',
  'STOPPED',
  'POOL_BUSY',
  'POOL_FULL',
  'SENDER_FULL',
  'GAP_TOO_LARGE',
  'WAIT_TIMEOUT',
]);
export const isPassing = (error: unknown): boolean => error instanceof RpcError && PASSING.has(error.name);

const BURST = 5;
/** Milliseconds before a refused transaction is tried at another node. */
const PAUSE = 20;
const WAIT = 20_000;

export interface Transfers {
  /** Accepted by a node: hash -> its index. */
  readonly accepted: ReadonlyMap<Hex, number>;
  /** Told to be final, and where. */
  readonly final: ReadonlyMap<Hex, Place>;
  /** Requests that failed with the death of a node. */
  failures(): number;
  /** Calls back after each acceptance, at once. */
  onAccepted(listener: (node: number) => void): () => void;
  /** Stops sending; resolves when all that was accepted is final. Rejects with the first that is not, or with a defect. */
  finish(): Promise<void>;
  /** Rejects with the first defect; never resolves. */
  readonly broken: Promise<never>;
}

export const senders = (count: number): KeyPair[] =>
  Array.from({ length: count }, (_, index) => fastSigner(`soak sender ${index}`));

export function sendTransfers(cluster: Cluster, people: readonly KeyPair[], seed: number): Transfers {
  const { chainId } = cluster.chain.genesis;
  const accepted = new Map<Hex, number>();
  const final = new Map<Hex, Place>();
  const listeners = new Set<(node: number) => void>();
  let failures = 0;
  let ending = false;

  /** Tries one node after the other until one has answered. */
  async function insist<T>(from: number, ask: (node: Validator) => Promise<T>): Promise<T> {
    for (let at = from; ; at++) {
      const node = cluster.alive(at);
      try {
        return await ask(node);
      } catch (error) {
        if (!isPassing(error)) throw error;
        failures++;
        await new Promise(done => setTimeout(done, PAUSE));
      }
    }
  }

  async function submit(tx: Hex, from: number): Promise<void> {
    await insist(from, async node => {
      const { hash } = await node.client.submitTransaction({ tx });
      accepted.set(hash, node.index);
      for (const listener of [...listeners]) listener(node.index);
    });
  }

  async function submitAndWait(tx: Hex, from: number): Promise<void> {
    await insist(from, async node => {
      const { hash, height, index } = await node.client.submitAndWait({ tx, timeout: WAIT });
      node.promised = Math.max(node.promised, height);
      final.set(hash, { height, index });
    });
  }

  async function person(key: KeyPair, index: number): Promise<void> {
    const random = seededRandom(seed * 1_000 + index);
    const below = (limit: number): number => Math.floor(random() * limit);
    const next = people[(index + 1) % people.length] ?? key;
    for (let nonce = 0; !ending; ) {
      const burst = Array.from({ length: 1 + below(BURST) }, () =>
        signedTransfer(chainId, key, nonce++, next),
      );
      const last = signedTransfer(chainId, key, nonce++, next);
      for (const tx of burst) await submit(tx, below(cluster.validators.length));
      await submitAndWait(last, below(cluster.validators.length));
    }
  }

  const people_ = people.map(person);
  return {
    accepted,
    final,
    failures: () => failures,
    onAccepted(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async finish() {
      ending = true;
      await Promise.all(people_);
      for (const [hash, node] of accepted) {
        if (final.has(hash)) continue;
        const { height, index } = await insist(node, ({ client }) =>
          client.waitForTransaction({ hash, timeout: WAIT }),
        );
        final.set(hash, { height, index });
      }
    },
    broken: Promise.race(people_.map(sending => sending.then(() => new Promise<never>(() => undefined)))),
  };
}
