/** Size limits of everything that is decoded. Bytes unless the name says otherwise. */
export const LIMITS = {
  chainId: 64,
  alias: 32,
  url: 256,
  functionName: 64,
  functionsPerModule: 64,
  metadata: 120,
  uri: 256,
  /** Of a proposal. */
  title: 120,
  methodName: 64,
  /** Encoded arguments of one call of a consensus module. */
  callArgs: 256 * 1024,
  transaction: 260 * 1024,
  blockTransactions: 20_000,
  block: 4 * 1024 * 1024,
  /** Evidence in one block: about 4 KiB. More waits for the next block. */
  blockEvidence: 16,
  /** Encoded. */
  evidence: 320,
  validators: 100,
  /** A scheme byte and at most 65 bytes of signature. */
  signature: 66,
  eventName: 64,
  eventData: 64 * 1024,
  eventsPerOutcome: 20_000,
  errorCode: 48,
  errorMessage: 512,
  storageKey: 256,
  storageValue: 64 * 1024,
  /** Of any row of the state. The longest are modules with a full history of prices: below 400 KiB. */
  stateValue: 500 * 1024,
  /** Of any row of the state: a table, a consensus id, and a key of the module's own. */
  stateKey: 1 + 4 + 256,
  /** Of the file that holds a state, and rows in it: every validator reads all of it within one block. */
  dump: 16 * 1024 * 1024,
  dumpRows: 20_000,
  /** Of a dump on its way to the chain; what is left of a transaction holds the rest of it. */
  loadPart: 240 * 1024,
  snapshotName: 32,
  genesisAccounts: 10_000,
  /** Encoded parameters of a consensus module. */
  consensusParams: 4096,
  /** Of consensus modules, those that are to come included. Each is asked in every epoch. */
  consensusModules: 128,
} as const;

/** Longest path of links from a root module to a leaf (spec section 3). */
export const MAX_LINK_DEPTH = 8;
export const MAX_LINKS_PER_MODULE = 256;
/** Votes on a proposal count in at most this many epochs after its own; stake is remembered as long. */
export const MAX_VOTING_EPOCHS = 60;
/** The clock of a devnet can be put forward by at most this many milliseconds: a hundred years. */
export const MAX_CLOCK_AHEAD_MS = 36_525 * 24 * 60 * 60 * 1000;
/** 1 token in base units. */
export const TOKEN = 1_000_000_000n;
