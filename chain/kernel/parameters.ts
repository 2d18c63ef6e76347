import {
  account,
  bool,
  bps,
  optional,
  struct,
  type TypeOf,
  text,
  u53,
  u64,
} from '../../consensus/interface/index.ts';
import { GovRules } from '../format/governance.ts';
import { LIMITS } from '../format/limits.ts';

/** What execution needs; meanings and units as in `Genesis`. Proposals can change some, see `governance/changes.ts`. */
export const Parameters = struct({
  chainId: text(LIMITS.chainId),
  graceEpochs: u53,
  unstakeEpochs: u53,
  slashBps: bps,
  feePerWeight: u64,
  maxBlockWeight: u53,
  maxBlockBytes: u53,
  devAuthority: optional(account),
  devnet: bool,
  governance: GovRules,
});
export type Parameters = TypeOf<typeof Parameters>;
