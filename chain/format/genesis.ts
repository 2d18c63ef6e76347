import {
  account,
  bool,
  bps,
  list,
  optional,
  struct,
  type TypeOf,
  text,
  u53,
  u64,
} from '../../consensus/interface/index.ts';
import { moduleTerms } from './entities.ts';
import { GovRules } from './governance.ts';
import { LIMITS } from './limits.ts';

/** What all nodes of a chain agree on before its first block. Its hash is part of the p2p handshake. */
export const Genesis = struct({
  chainId: text(LIMITS.chainId),
  /** Milliseconds. */
  time: u53,
  /** Blocks per epoch. */
  epochLength: u53,
  graceEpochs: u53,
  /** Epochs from unstaking to withdrawal. */
  unstakeEpochs: u53,
  /** Share of the stake on a validator that one double-signing burns. */
  slashBps: bps,
  /** Base units per unit of weight. */
  feePerWeight: u64,
  maxBlockWeight: u53,
  maxBlockBytes: u53,
  accounts: list(struct({ account, free: u64 }), LIMITS.genesisAccounts),
  validators: list(struct({ validator: account, stake: u64 }), LIMITS.validators),
  consensus: list(struct(moduleTerms), 64),
  /** Account whose `dev` transactions are obeyed; null on chains that are not devnets. */
  devAuthority: optional(account),
  /** Whether the well-known development keys may be used. */
  devnet: bool,
  governance: GovRules,
});
export type Genesis = TypeOf<typeof Genesis>;
