/** Carries the faults of a cluster to its nodes, also to those that come back later. */
import { type Client, createClient } from '../../node/client/index.ts';
import type { ClusterFaults, FaultRulesJson, FaultsReport } from '../../node/client/wireCluster.ts';
import { NO_CLUSTER_FAULTS, rulesOf } from './faults.ts';
import type { Keeper, KeeperEvent } from './keeper.ts';
import { reachable } from './ports.ts';

const TELL_MS = 2_000;

export class FaultControl {
  readonly #keepers: readonly Keeper[];
  readonly #host: string;
  readonly #fetch: typeof fetch;
  /** The rules that each node has, as far as we know. */
  readonly #told = new Map<number, string>();
  #faults: ClusterFaults = NO_CLUSTER_FAULTS;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(keepers: readonly Keeper[], host: string, fetch: typeof globalThis.fetch) {
    this.#keepers = keepers;
    this.#host = host;
    this.#fetch = fetch;
  }

  get faults(): ClusterFaults {
    return this.#faults;
  }

  /** For the options of a node that is about to start. */
  rulesAtStart(node: number): FaultRulesJson {
    const rules = this.#rulesOf(node);
    this.#told.set(node, JSON.stringify(rules));
    return rules;
  }

  /** One change after the other; what `change` throws is thrown, and nothing has changed. */
  set(change: (faults: ClusterFaults) => ClusterFaults): Promise<FaultsReport> {
    return this.#inTurn(async () => {
      this.#faults = change(this.#faults);
      return this.#report();
    });
  }

  /** A node answers again, or for the first time: it and those that did not know it yet are told. Says who was not. */
  async refresh(): Promise<readonly KeeperEvent[]> {
    return this.#inTurn(async () => {
      const reasons = await Promise.all(this.#keepers.map(keeper => this.#tellOrSay(keeper)));
      return reasons.flatMap((reason, index) =>
        // One that went away in between is told when it is back.
        reason === null || this.#keepers[index]?.state !== 'running'
          ? []
          : [{ kind: 'node-untold', index, reason } as const],
      );
    });
  }

  report(): Promise<FaultsReport> {
    return this.#inTurn(() => this.#report());
  }

  #rulesOf(node: number): FaultRulesJson {
    return rulesOf(
      this.#faults,
      node,
      this.#keepers.map(({ message }) => message?.peerId ?? null),
    );
  }

  async #report(): Promise<FaultsReport> {
    const nodes = await Promise.all(this.#keepers.map(keeper => this.#reportOf(keeper)));
    return { ...this.#faults, nodes };
  }

  async #reportOf(keeper: Keeper): Promise<FaultsReport['nodes'][number]> {
    const { index: node, state } = keeper;
    const away = (reason: string) => ({ node, applied: false, reason, counters: null });
    if (state !== 'running') return away(`node ${node} is ${state}`);
    try {
      await this.#tell(keeper);
      const { counters } = await this.#ask(keeper, client => client.request('dev_getFaults', {}));
      return { node, applied: true, reason: null, counters };
    } catch (error) {
      // It may just be dying. It is told again when it is back; now whoever asked reads why it was not.
      return away(error instanceof Error ? error.message : String(error));
    }
  }

  async #tellOrSay(keeper: Keeper): Promise<string | null> {
    try {
      await this.#tell(keeper);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #tell(keeper: Keeper): Promise<void> {
    const { index, state } = keeper;
    const rules = this.#rulesOf(index);
    const text = JSON.stringify(rules);
    if (state !== 'running' || this.#told.get(index) === text) return;
    await this.#ask(keeper, client => client.request('dev_setFaults', { rules }));
    this.#told.set(index, text);
  }

  async #ask<T>({ message }: Keeper, ask: (client: Client) => Promise<T>): Promise<T> {
    const client = createClient(`http://${reachable(this.#host)}:${message?.rpcPort ?? 0}`, {
      timeoutMs: TELL_MS,
      fetch: this.#fetch,
    });
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch((error: unknown) => error);
    return mine;
  }
}
