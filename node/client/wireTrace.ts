/** The part of the RPC that tells what happened inside: traces, and executions that differ between nodes. */

type Hex = `0x${string}`;

interface EventJson {
  readonly source: number | null;
  readonly name: string;
  readonly data: unknown;
}
interface FailureJson {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

/** One question to a consensus module. */
export interface TraceStepJson {
  readonly consensus: number;
  readonly plugin: string;
  readonly method: string;
  readonly sender: string | null;
  /** The epoch that is being closed. */
  readonly closing: number | null;
  /** `read` names what was read; keys and values are hex, other values JSON, null for nothing. */
  readonly reads: readonly { readonly read: string; readonly of: unknown; readonly value: unknown }[];
  /** How the code answered. */
  readonly answer: 'ok' | 'refused' | 'malformed' | 'denied' | 'badParams' | 'fault';
  /** null where it answered well. */
  readonly reason: string | null;
  /** Source lines of a fault. */
  readonly stack: readonly string[];
  /** What it asked the kernel to do. */
  readonly ops: readonly { readonly op: string; readonly [field: string]: unknown }[];
  readonly events: readonly EventJson[];
  /** A close that goes on in the next block. */
  readonly more: boolean;
  readonly prints: readonly string[];
  readonly ms: number;
}

export interface TraceBlockJson {
  readonly height: number;
  readonly epoch: number;
  readonly time: number;
  readonly steps: readonly TraceStepJson[];
  /** Of the transaction; null for a close. */
  readonly outcome: {
    readonly ok: boolean;
    readonly error?: FailureJson | undefined;
    readonly weight: number;
    readonly fee: string;
    readonly events: readonly EventJson[];
  } | null;
  readonly closes: readonly {
    readonly consensus: number;
    readonly epoch: number;
    readonly ok: boolean;
    readonly error?: FailureJson | undefined;
    readonly done: boolean;
    readonly events: readonly EventJson[];
  }[];
  /** Rows of the state: decoded where the table is known, else hex; null for no row. */
  readonly changes: readonly {
    readonly table: string;
    readonly key: unknown;
    readonly before: unknown;
    readonly after: unknown;
  }[];
}

export interface TraceJson {
  /** The transaction that ran again; null for a close. */
  readonly transaction: Hex | null;
  readonly blocks: readonly TraceBlockJson[];
  /** Blocks that were executed again to have the state before. */
  readonly replayed: number;
  readonly ms: number;
}

export interface DivergenceJson {
  readonly height: number;
  readonly blockHash: Hex;
  readonly proposer: string;
  readonly time: number;
  readonly reason: string;
  readonly verdict: 'this node' | 'others' | 'unclear';
  /** Peer ids. */
  readonly agree: readonly string[];
  readonly differ: readonly string[];
  readonly call: {
    readonly consensus: number;
    readonly plugin: string;
    readonly method: string;
    readonly transaction: Hex | null;
    readonly sender: string | null;
    readonly closing: number | null;
  } | null;
  readonly difference: {
    readonly what: 'key' | 'op' | 'event' | 'answer' | 'charge';
    readonly key: Hex | null;
    readonly own: string | null;
    readonly other: string | null;
  } | null;
  readonly summary: string;
}

export interface TraceMethods {
  consensus_trace: {
    params: {
      readonly transaction?: string | undefined;
      /** Hash of a header. */
      readonly receipt?: string | undefined;
      readonly epoch?: number | undefined;
      readonly consensus?: number | undefined;
    };
    result: TraceJson;
  };
  consensus_divergence: {
    params: { readonly [name: string]: never };
    result: readonly DivergenceJson[];
  };
  chain_getGenesis: { params: { readonly [name: string]: never }; result: { readonly genesis: Hex } };
  chain_getRawBlocks: {
    params: { readonly from: number; readonly count?: number | undefined };
    result: {
      /** Of the first block that the node has, and of the last. */
      readonly base: number;
      readonly height: number;
      /** Canonical bytes, ascending; as many as fit. */
      readonly blocks: readonly { readonly block: Hex; readonly outcomes: Hex }[];
    };
  };
}
