import type { Account, Amount, ConsensusModule, LinkView, ModuleView } from '../interface/index.ts';

/** What the chain holds before the first step: all that a consensus module can see of it. */
export interface World {
  readonly chainId: string;
  /** The id under which the module under test runs. */
  readonly consensus: number;
  readonly graceEpochs: number;
  readonly balances?: readonly { readonly account: Account; readonly amount: Amount }[];
  readonly reserves?: readonly WorldReserve[];
  /** Ascending by `fromEpoch`; each holds until the next. */
  readonly terms?: readonly Terms[];
  readonly stakes?: readonly { readonly target: number | Account; readonly amount: Amount }[];
  /** Most new money per epoch, for a module with the capability `mint`. */
  readonly mintCap?: Amount;
}

export interface WorldReserve {
  readonly client: Account;
  readonly server: Account;
  readonly amount: Amount;
  readonly thawing?: Amount;
}

export interface Terms {
  readonly fromEpoch: number;
  readonly modules: readonly WorldModule[];
  readonly links: readonly LinkView[];
}

export interface WorldModule extends ModuleView {
  readonly prices: Readonly<Record<string, Amount>>;
}

/** One thing that happens. Steps run in their order, each call in the block after the one before. */
export type Step = CallStep | { readonly kind: 'epoch' };

export interface CallStep {
  readonly kind: 'call';
  readonly sender: Account;
  readonly method: string;
  readonly args: unknown;
  readonly value?: Amount;
  /** Results of the signature checks; all right without it. */
  readonly verified?: readonly boolean[];
  /** `ok`, or the code it fails with; without it any end will do that is an outcome. */
  readonly expect?: string;
  /** A second, identical call may move money again (a deposit). Otherwise the suite demands that it does not. */
  readonly repeatable?: boolean;
}

/** A short history that shows the module at work. */
export interface Sample {
  readonly name: string;
  readonly world: World;
  readonly steps: readonly Step[];
}

/** A module with what the suite needs to exercise it. */
export interface Subject {
  readonly module: ConsensusModule;
  readonly params: unknown;
  /** At least one call of each method, and every close that matters. */
  readonly samples: readonly Sample[];
  /** No call may weigh more; the limit of a block. 20,000,000 without it. */
  readonly maxWeight?: number;
}
