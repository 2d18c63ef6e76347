/**
 * What a node and the process of a consensus module say to each other (docs/protocol/plugin-process.md): positional
 * MessagePack, one value per frame. Every request gets one reply, in order; the process never speaks first after the
 * handshake.
 */
import {
  account,
  bool,
  bytes,
  fixed,
  list,
  oneOf,
  optional,
  struct,
  type TypeOf,
  text,
  u32,
  u53,
  u64,
  union,
} from '../../consensus/interface/index.ts';

/** Of these frames. Both sides must speak the same one. */
export const PROTOCOL_VERSION = 3;

/** Bytes of a frame before the handshake is done, and after it. */
export const HANDSHAKE_FRAME = 1024 * 1024;
export const MAX_FRAME = 64 * 1024 * 1024;

/** Nothing in a frame is longer than the frame; the real limits are the kernel's. */
const ANY = MAX_FRAME;
const MANY = 1_000_000;
const raw = bytes(ANY);
const words = text(64 * 1024);
const name = text(128);
/** Of a stack, for people: it stands beside results and in none, so that no outcome can come to hold it. */
export const MAX_FRAMES = 16;
export const MAX_STACK_LINE = 512;
export const Stack = list(text(MAX_STACK_LINE), MAX_FRAMES);

/** The first frame of a process. Its first two fields stand in every version. */
export const Hello = struct({
  protocol: u32,
  interfaceVersion: u32,
  /** What the node put into the environment of the process that it started. */
  token: fixed(32),
  name,
  version: name,
});
export type Hello = TypeOf<typeof Hello>;

/** The node's answer. After a refusal it ends the process. */
export const Welcome = union({
  welcome: [0, struct({ protocol: u32 })],
  refused: [1, struct({ code: name, message: words })],
});

/** The second frame of a process: what its module is, as JSON ({@link describe}). */
export const Described = struct({ description: text(HANDSHAKE_FRAME) });

export const Ledger = union({
  account: [0, struct({ account })],
  pot: [1, struct({})],
  reserve: [2, struct({ client: account, server: account })],
});
export const Op = union({
  transfer: [0, struct({ from: Ledger, to: Ledger, amount: u64 })],
  put: [1, struct({ key: raw, value: raw })],
  delete: [2, struct({ key: raw })],
  mint: [3, struct({ amount: u64 })],
  burn: [4, struct({ amount: u64 })],
});
export const Event = struct({ name: words, data: raw });

/** One read of a view. */
export const Read = union({
  get: [0, struct({ key: raw })],
  /** `limit` null for all rows. */
  scan: [1, struct({ prefix: raw, after: optional(raw), limit: optional(u53) })],
  pot: [2, struct({})],
  balance: [3, struct({ account })],
  reserve: [4, struct({ client: account, server: account })],
  /** `epoch` null for the block's. */
  module: [5, struct({ id: u32, epoch: optional(u53) })],
  moduleOf: [6, struct({ account, epoch: optional(u53) })],
  price: [7, struct({ module: u32, fn: text(ANY), epoch: u53 })],
  children: [8, struct({ parent: u32, epoch: u53 })],
  moduleStake: [9, struct({ module: u32 })],
  validatorStake: [10, struct({ validator: account })],
});
export type Read = TypeOf<typeof Read>;

export const Row = struct({ key: raw, value: raw });
export const Link = struct({
  parent: u32,
  child: u32,
  kind: oneOf(['replica', 'subnet', 'custom']),
  shareBps: u32,
  alias: words,
});
export const ReadAnswer = union({
  nothing: [0, struct({})],
  bytes: [1, struct({ value: raw })],
  rows: [2, struct({ rows: list(Row, MANY) })],
  amount: [3, struct({ amount: u64 })],
  reserve: [4, struct({ amount: u64, thawing: u64, thawEpoch: u53 })],
  module: [5, struct({ id: u32, account, alias: words, consensus: u32, retired: bool })],
  links: [6, struct({ links: list(Link, MANY) })],
  /** The module lacks this capability. */
  denied: [7, struct({ capability: name })],
});
export type ReadAnswer = TypeOf<typeof ReadAnswer>;

export const BlockInfo = struct({
  chainId: words,
  consensus: u32,
  height: u53,
  epoch: u53,
  time: u53,
  graceEpochs: u53,
});

export const Job = union({
  genesis: [0, struct({ params: raw })],
  apply: [1, struct({ method: words, sender: account, args: raw, value: u64, verified: list(bool, MANY) })],
  closeEpoch: [2, struct({ closing: u53 })],
  query: [3, struct({ name: words, args: raw })],
  migrate: [4, struct({ fromStateVersion: u32 })],
});
export type Job = TypeOf<typeof Job>;

/** An answer that the process did not know, or knew otherwise; from now on under this number. */
export const Told = struct({ id: u32, read: raw, answer: raw });
export type Told = TypeOf<typeof Told>;

export const Request = union({
  ping: [0, struct({})],
  examine: [
    1,
    struct({ chainId: words, calls: list(struct({ method: words, sender: account, args: raw }), MANY) }),
  ],
  run: [
    2,
    struct({
      /** Of the jobs that ran so far, how many became part of the state; the others never happened. */
      keep: u32,
      /** The jobs of before are over: those that come now are numbered from 0. */
      fresh: bool,
      /** null at the genesis, where a module reads nothing. */
      block: optional(BlockInfo),
      told: list(Told, MANY),
      forget: list(u32, MANY),
      /** They come after those sent before. */
      jobs: list(Job, MANY),
      from: u32,
      count: u32,
      /** A read without an answer must end its job: with an answer made up, one may have ended the process. */
      careful: bool,
    }),
  ],
});
export type Request = TypeOf<typeof Request>;
export type RunRequest = Omit<Extract<Request, { kind: 'run' }>, 'kind'>;

export const JobResult = union({
  ok: [0, struct({ ops: list(Op, MANY), events: list(Event, MANY), more: bool })],
  refused: [1, struct({ code: words, message: words })],
  /** What it returned is no outcome. */
  malformed: [2, struct({ reason: words })],
  denied: [3, struct({ capability: name })],
  badParams: [4, struct({ reason: words })],
  /** It threw: no answer. */
  threw: [5, struct({ reason: words })],
  /** Of a query. */
  value: [6, struct({ value: raw })],
});
export type JobResult = TypeOf<typeof JobResult>;

/** An answer in short: itself up to 64 bytes, else 0xff and its sha256. */
const fingerprint = bytes(64);

export const Ran = struct({
  /** Of the jobs from `from` on, up to the first that missed something. */
  done: list(
    struct({
      result: JobResult,
      /** What it read, by place in `answers`. */
      reads: list(u32, MANY),
      /** What the code printed. */
      prints: list(words, 1_000),
      /** Where it threw, innermost first. */
      stack: Stack,
    }),
    MANY,
  ),
  /** What jobs read: an answer that one of them saw otherwise than those before it stands here anew. */
  answers: list(
    struct({
      id: u32,
      /** As the process was told, and not as earlier jobs of the batch would leave it. */
      told: bool,
      print: fingerprint,
    }),
    MANY,
  ),
  /** Reads that it has no answer to, each once. */
  missing: list(raw, MANY),
});
export type Ran = TypeOf<typeof Ran>;

export const Examined = union({
  ok: [
    0,
    struct({
      weight: u53,
      checks: list(struct({ account, signature: bytes(256), message: raw }), MANY),
    }),
  ],
  badArguments: [1, struct({ reason: words })],
  threw: [2, struct({ reason: words, stack: Stack })],
});
export type Examined = TypeOf<typeof Examined>;

export const Reply = union({
  pong: [0, struct({})],
  examined: [1, struct({ results: list(Examined, MANY) })],
  ran: [2, Ran],
});
export type Reply = TypeOf<typeof Reply>;
