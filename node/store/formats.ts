/** Codecs of the rows that only this node reads. */
import { struct, u32, u53 } from '../../consensus/interface/index.ts';

export const TransactionPlace = struct({ height: u53, index: u32 });

export const EpochStart = struct({ startHeight: u53, startTime: u53 });
