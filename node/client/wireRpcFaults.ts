/** The part of the RPC that makes answers faulty on purpose, for tests of clients. A node and a gateway have one each. */

/** Percentages are of a hundred requests. */
export interface RpcFaultRulesJson {
  /** Milliseconds that each answer is late, and up to so many more, anew for each message. */
  readonly latency?: number | undefined;
  readonly jitter?: number | undefined;
  /** Percent that are refused with INJECTED_FAULT and not carried out. */
  readonly errorRate?: number | undefined;
  /** Percent that get what the same question was answered before. */
  readonly stale?: number | undefined;
  /** Percent that are carried out and not answered. */
  readonly drop?: number | undefined;
  /** Only these; all when absent, but for `dev_` methods and subscriptions, which are never touched. */
  readonly methods?: readonly string[] | undefined;
  /** Of the dice: the same seed and requests give the same faults. */
  readonly seed?: number | undefined;
}

/** How many, since the rules were set. */
export interface RpcFaultCounters {
  readonly delayed: number;
  readonly errors: number;
  readonly stale: number;
  readonly dropped: number;
}

export interface RpcFaultsJson {
  readonly latency: number;
  readonly jitter: number;
  readonly errorRate: number;
  readonly stale: number;
  readonly drop: number;
  /** null for all. */
  readonly methods: readonly string[] | null;
  readonly seed: number;
  readonly counters: RpcFaultCounters;
}

export interface RpcFaultMethods {
  dev_setRpcFaults: { params: RpcFaultRulesJson; result: RpcFaultsJson };
  dev_rpcFaults: { params: { readonly [name: string]: never }; result: RpcFaultsJson };
}
