/** Codecs of the rows that only this node reads. */
import { account, bool, list, struct, text, u32, u53, u64 } from '../../consensus/interface/index.ts';

export const TransactionPlace = struct({ height: u53, index: u32 });

export const EpochStart = struct({ startHeight: u53, startTime: u53 });

/** Pairs and rows of one settlement; far above what a block can hold. */
const MANY = 10_000_000;

export const SettlementRow = struct({
  consensus: u32,
  epoch: u53,
  done: bool,
  calls: u53,
  total: u64,
  debits: list(struct({ client: account, server: account, amount: u64 }), MANY),
  credits: list(struct({ account, amount: u64 }), MANY),
  rows: list(
    struct({ client: account, server: account, epoch: u53, calls: u53, amount: u64, status: text(64) }),
    MANY,
  ),
});
