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
import { LIMITS } from '../format/limits.ts';

/** What the genesis fixes for good and execution needs; meanings and units as in `Genesis`. */
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
});
export type Parameters = TypeOf<typeof Parameters>;
