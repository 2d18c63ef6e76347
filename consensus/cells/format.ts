/** Everything of cells that is encoded: transactions, parameters, events, and the limits that hold for them. */
import {
  account,
  bytes,
  fixed,
  hash,
  list,
  optional,
  struct,
  type TypeOf,
  u16,
  u32,
  u53,
  u64,
  uint,
  union,
} from '../interface/index.ts';

/** Bytes of a cell's data; a checker's code is five less. One row of storage holds 64 KiB. */
export const MAX_DATA = 32_768;
/** Of one transaction, over all its groups. */
export const MAX_OPERATIONS = 128;
export const MAX_GROUPS = 32;
/** Accounts that prove their locks in one transaction. */
export const MAX_UNLOCKS = 64;
/** Bytes of data of all cells in one group, so that a checker's arguments fit. */
export const MAX_GROUP_DATA = 262_144;
/** Units of fuel of one transaction, for all its groups together: some 50 ms. */
export const MAX_FUEL = 4_000_000;
/** Bytes that one check may use. */
export const CHECK_MEMORY = 1_048_576;
/** Bytes of a lock. */
export const LOCK_BYTES = 20;
/** A scheme byte and at most 65 bytes. */
const SIGNATURE_BYTES = 66;

/** The cell module that keeps all others; its rules are code of this mechanism, not a checker. */
export const MODULE = 0;
/** The cell module whose groups make an enlarge transaction. */
export const SPACE = 1;
/** Ids from 0 on that only Root gives out; from here on the Allocator does. */
export const SYSTEM_MODULES = 128;
/** The last id that can be given out: the one after it must still fit u32. */
export const MAX_MODULE = 0xffff_fffe;

/** The beginning of sha256 of an account, see `lockOf`. */
export const Lock = fixed(LOCK_BYTES);
export type Lock = TypeOf<typeof Lock>;

/** A cell's name: the transaction that created it, and its place among the outputs of that. */
export const OutPoint = struct({ transaction: hash, index: u16 });
export type OutPoint = TypeOf<typeof OutPoint>;

/** Whose group may consume a volatile cell, and who has to prove it. */
export const Recipient = struct({ module: u32, lock: optional(Lock) });
export type Recipient = TypeOf<typeof Recipient>;

/** A cell that is yet to be created; its module is that of its group. */
export const Output = struct({
  /** Bytes of state that it may take; see `occupied`. */
  capacity: u32,
  data: bytes(MAX_DATA),
  /** Null: anybody may use it. */
  lock: optional(Lock),
  /** Makes it volatile. */
  recipient: optional(Recipient),
});
export type Output = TypeOf<typeof Output>;

export const Cell = struct({
  module: u32,
  capacity: u32,
  data: bytes(MAX_DATA),
  lock: optional(Lock),
  recipient: optional(Recipient),
});
export type Cell = TypeOf<typeof Cell>;

/** A cell as it is stored, with the height of the block that created it. */
export const StoredCell = struct({
  module: u32,
  capacity: u32,
  height: u53,
  data: bytes(MAX_DATA),
  lock: optional(Lock),
  recipient: optional(Recipient),
});
export type StoredCell = TypeOf<typeof StoredCell>;

export const Operation = union({
  create: [0, struct({ output: Output })],
  destroy: [1, struct({ input: OutPoint })],
  /** Both stable, and of the group's module. */
  transform: [2, struct({ input: OutPoint, output: Output })],
  /** Destroys a volatile cell in a group of its recipient. */
  consume: [3, struct({ input: OutPoint })],
});
export type Operation = TypeOf<typeof Operation>;

/** Operations that the checker of one cell module sees together. Only a group of Space may be empty. */
export const Group = struct({ module: u32, operations: list(Operation, MAX_OPERATIONS) });
export type Group = TypeOf<typeof Group>;

/** All that is signed by who unlocks cells. */
export const Transaction = struct({
  /** The consensus id for which it is meant: the same code can run under several. */
  consensus: u32,
  groups: list(Group, MAX_GROUPS),
  /** Units that the checkers may use together. */
  fuel: uint(MAX_FUEL),
  /** Who gets the escrow of capacity that it frees. */
  refund: optional(account),
  /** Money for a module of the kernel that is bound to a cell module, whose group in this transaction has to allow it. */
  payment: optional(struct({ module: u32, amount: u64 })),
});
export type Transaction = TypeOf<typeof Transaction>;

export const Unlock = struct({ account, signature: bytes(SIGNATURE_BYTES) });
export type Unlock = TypeOf<typeof Unlock>;

/** Arguments of `submit`. */
export const Submission = struct({
  transaction: Transaction,
  /** Strictly ascending by account, each for a lock of the inputs. */
  unlocks: list(Unlock, MAX_UNLOCKS),
});
export type Submission = TypeOf<typeof Submission>;

/** Arguments of `bind`: null ends it. */
export const Binding = struct({ cellModule: optional(u32) });
export type Binding = TypeOf<typeof Binding>;

export const Params = struct({
  /** The version of Lua and its hash: code with another one refuses the genesis. */
  luaVersion: u32,
  luaHash: hash,
  /** Base units of escrow for each byte of capacity. */
  pricePerByte: u64,
  /** Who can register system modules and change the checker of Space; nobody without it. */
  governor: optional(account),
});
export type Params = TypeOf<typeof Params>;

/** A cell module's two cells. */
export const ModuleRow = struct({ cell: OutPoint, checker: OutPoint });
export type ModuleRow = TypeOf<typeof ModuleRow>;

const Applied = struct({
  /** As in the outpoints of its outputs. */
  transaction: hash,
  spent: list(OutPoint, MAX_OPERATIONS),
  outputs: u16,
  /** Units that the checkers used. */
  fuel: u53,
  /** Bytes of capacity that came to be, and that ceased to. */
  enlarged: u53,
  freed: u53,
});
const OfModule = struct({ module: u32 });
const Paid = struct({ module: u32, cellModule: u32, payer: account, amount: u64 });
const Bound = struct({ module: u32, cellModule: optional(u32) });

export const events = {
  applied: Applied,
  registered: OfModule,
  checkerUpdated: OfModule,
  tokenEmitted: OfModule,
  paid: Paid,
  bound: Bound,
} as const;
