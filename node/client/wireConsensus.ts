/** Consensus modules as RPC tells of them, and what installs one. */
import type { Hex } from '../../consensus/interface/index.ts';

/** Base units. */
type Decimal = string;

export interface ConsensusJson {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly codeHash: Hex;
  readonly kind: 'builtin' | 'plugin';
  /**
   * `pending`: not in force yet. `draining`: the upgrade is due and waits for closes. `missing`: this node has no code
   * for what is in force.
   */
  readonly status: 'active' | 'pending' | 'draining' | 'missing';
  /** Epoch. */
  readonly activeFrom: number;
  readonly stateVersion: number;
  /** Base units that it may mint in one epoch. */
  readonly mintCap: Decimal;
  /** Whether this node has the code of what is pending here or in `upgrade`. */
  readonly hasCode: boolean;
  /** A higher version that is to come into force. */
  readonly upgrade: {
    readonly version: string;
    readonly stateVersion: number;
    readonly codeHash: Hex;
    readonly activeFrom: number;
  } | null;
  readonly capabilities: readonly string[];
  readonly pot: Decimal;
  /** Arguments as JSON schemas. */
  readonly methods: readonly {
    readonly name: string;
    readonly description: string;
    readonly args: object;
  }[];
  readonly queries: readonly {
    readonly name: string;
    readonly description: string;
    readonly args: object;
    readonly result: object;
  }[];
}

/** Code in the plugins directory of the node that is asked. */
export interface InstallJson {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly codeHash: Hex;
  readonly capabilities?: readonly string[] | undefined;
  readonly mintCap?: Decimal | undefined;
  readonly params?: unknown;
  readonly epoch?: number | undefined;
}
