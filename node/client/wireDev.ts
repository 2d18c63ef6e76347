/** The part of the RPC that has power over the blocks, the time and the state of a devnet. */
import type { Hex } from '../../consensus/interface/index.ts';
import type { FaultCountersJson, FaultRulesJson } from './wireCluster.ts';

export interface BlockTimeJson {
  readonly time: number;
  /** Milliseconds that blocks are ahead of the clocks of the nodes. */
  readonly ahead: number;
}
export interface SnapshotJson {
  readonly name: string;
  /** Of the block after which it was taken. */
  readonly height: number;
}
export interface WentBackJson {
  /** Of the block that has the state of the snapshot. */
  readonly height: number;
  /** Of the block after which it was taken. */
  readonly to: number;
}

/** When a block is made. */
export type BlockModeJson =
  /** As soon as there is something to put in it, and an empty one after `emptyMs`. */
  | { readonly kind: 'auto'; readonly emptyMs: number }
  | { readonly kind: 'interval'; readonly ms: number }
  /** Only on request. */
  | { readonly kind: 'manual' };

/** A part of a dump; of a small one the whole. */
export interface DumpPartJson {
  /** Its name: the checksum. */
  readonly dump: string;
  readonly chainId: string;
  /** Of the block after which it was taken. */
  readonly height: number;
  /** Of the whole dump. */
  readonly bytes: number;
  readonly part: number;
  readonly parts: number;
  readonly data: Hex;
}
export interface LoadedJson {
  /** Of the block that has the state of the dump. */
  readonly height: number;
  readonly dump: string;
  readonly from: { readonly chainId: string; readonly height: number };
}
/** `loaded` is null while parts are missing. */
export interface LoadPartJson {
  readonly missing: number;
  readonly loaded: LoadedJson | null;
}

type None = { readonly [name: string]: never };

export interface DevMethods {
  dev_mine: { params: { readonly blocks?: number | undefined }; result: { readonly height: number } };
  dev_advanceEpoch: { params: { readonly epochs?: number | undefined }; result: { readonly epoch: number } };
  dev_increaseTime: { params: { readonly ms: number }; result: BlockTimeJson };
  dev_snapshot: { params: { readonly name?: string | undefined }; result: SnapshotJson };
  dev_listSnapshots: { params: None; result: readonly SnapshotJson[] };
  dev_revert: { params: { readonly name: string }; result: WentBackJson };
  dev_getBlockMode: { params: None; result: BlockModeJson };
  dev_dump: {
    params: { readonly dump?: string | undefined; readonly part?: number | undefined };
    result: DumpPartJson;
  };
  dev_load: {
    params: {
      readonly data: Hex;
      readonly part?: number | undefined;
      readonly parts?: number | undefined;
      readonly dump?: string | undefined;
    };
    result: LoadPartJson;
  };
  dev_setFaults: { params: { readonly rules: FaultRulesJson }; result: null };
  dev_getFaults: {
    params: None;
    result: { readonly rules: FaultRulesJson; readonly counters: FaultCountersJson };
  };
}
