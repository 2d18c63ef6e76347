/**
 * Errors that people and programs see, as one closed table: a stable code, a sentence with its fields in braces, and
 * what to do about it. The sentence is part of the outcome of a transaction, so changing one changes blocks.
 */
import { DEV_ERRORS } from './devErrors.ts';
import { GOVERNANCE_ERRORS } from './governanceErrors.ts';
import { REGISTRY_ERRORS } from './registryErrors.ts';

interface Entry {
  readonly message: string;
  readonly hint: string;
  /** True when the same transaction could be accepted later as it is. Without it, "no" is final. */
  readonly later?: true;
}

export const CHAIN_ERRORS = {
  // What may not stand in a block at all: nothing is charged.
  MALFORMED: { message: 'not a transaction: {reason}', hint: 'Encode it with the codec SignedTransaction.' },
  WRONG_CHAIN: {
    message: 'made for the chain {actual}, this is {expected}',
    hint: 'Build the transaction with the chain id that node_info answers.',
  },
  BAD_SIGNATURE: {
    message: 'the signature is not the sender’s',
    hint: 'Sign the bytes of the transaction in the domain "transaction" with the key of its sender.',
  },
  NONCE_USED: {
    message: 'nonce {nonce} is used, the next one is {expected}',
    hint: 'Read the nonce with account_get and build the transaction again.',
  },
  NONCE_TOO_HIGH: {
    message: 'nonce {nonce} leaves a gap, the next one is {expected}',
    hint: 'Send the transactions with the nonces before it first.',
    later: true,
  },
  EXPIRED: {
    message: 'could stand in a block up to height {expiry}, this is {height}',
    hint: 'Build it again with a later expiry, or with none.',
  },
  FEE_LIMIT_TOO_LOW: {
    message: 'the fee is {fee}, the limit is {limit}',
    hint: 'Raise the fee limit; tx_simulate tells the fee.',
  },
  FEE_NOT_PAYABLE: {
    message: 'the fee is {fee}, the sender has {free} free',
    hint: 'Send money to the sender first; on a devnet use the faucet.',
    later: true,
  },
  TOO_HEAVY: {
    message: 'weighs {weight}, a block holds {max}',
    hint: 'Split the work over several transactions.',
  },
  TOO_LARGE: {
    message: 'takes {size} bytes of a block, which holds {max}',
    hint: 'Split the work over several transactions.',
  },
  UNKNOWN_METHOD: {
    message: 'consensus module {consensus} has no method {method}',
    hint: 'consensus_list and rpc.discover name the methods.',
  },
  BAD_ARGUMENTS: {
    message: 'arguments of {method}: {reason}',
    hint: 'Encode them with the codec of the method.',
  },
  MODULE_FAULT: {
    message: 'the code of consensus module {consensus} crashed in {method}: {reason}',
    hint: 'This is a defect of the consensus module; report it with the transaction.',
  },

  // What makes a call fail inside a block: the fee is charged, nothing else happens.
  INSUFFICIENT_BALANCE: {
    message: 'needs {needed}, has {available}',
    hint: 'Amounts are base units, 1 token = 10^9. Thawing and reserved money is not free.',
  },
  AMOUNT_ZERO: { message: 'an amount of zero', hint: 'Name an amount above 0.' },
  SUPPLY_OVERFLOW: {
    message: 'all money together would not fit 64 bits',
    hint: 'Mint less.',
  },
  UNKNOWN_MODULE: { message: 'there is no module {module}', hint: 'module_list names the modules.' },
  NOT_YOUR_MODULE: {
    message: 'module {module} belongs to another account',
    hint: 'Sign with the key that registered it.',
  },
  MODULE_EXISTS: {
    message: 'this account is module {module} already',
    hint: 'A key is one module for good; register the next one with another key.',
  },
  MODULE_RETIRED: { message: 'module {module} is retired', hint: 'Choose a module that still serves.' },
  MODULE_HAS_LINKS: {
    message: 'module {module} still has {links} links',
    hint: 'Dissolve its links first.',
  },
  ALIAS_TAKEN: { message: 'the alias {alias} is taken', hint: 'Choose another alias.' },
  BAD_ALIAS: {
    message: '{alias} is no alias',
    hint: 'A lower-case letter, then lower-case letters, digits, ".", "_" or "-"; at most 32.',
  },
  BAD_URL: {
    message: '{url} is no address of a module',
    hint: 'Leave it empty or write http://host:port or https://host:port, without spaces.',
  },
  BAD_FUNCTION_NAME: {
    message: '{fn} is no name of a function',
    hint: 'A letter or "_", then letters, digits, ".", "_" or "-".',
  },
  DUPLICATE_FUNCTION: { message: 'two prices for {fn}', hint: 'Name each function once.' },
  MAX_LINKS_TOO_HIGH: {
    message: 'a module has at most {max} links, not {maxLinks}',
    hint: 'Build a deeper tree instead.',
  },
  TOO_MANY_CHANGES: {
    message: 'module {module} changed too often for the epochs that are not settled yet',
    hint: 'Wait for the next epoch.',
  },
  SELF_LINK: { message: 'a module cannot be its own child', hint: 'Name two different modules.' },
  LINK_CYCLE: {
    message: 'module {parent} is already below module {child}',
    hint: 'Revenue must flow one way; dissolve the other path first.',
  },
  LINK_TOO_DEEP: {
    message: 'a path of {depth} links, at most {max} are allowed',
    hint: 'Link the child nearer to a root.',
  },
  LINK_GRAPH_TOO_LARGE: {
    message: 'more than {max} links hang together here',
    hint: 'Join smaller trees, or wait until the grace of dissolved links is over.',
  },
  SHARES_OVER_LIMIT: {
    message: 'the shares of module {parent} would be {total} of 10000',
    hint: 'Lower the share, or dissolve another link first.',
  },
  TOO_MANY_LINKS: {
    message: 'module {module} has its {max} links already',
    hint: 'Raise maxLinks with updateModule, or dissolve a link.',
  },
  TOO_MANY_PARENTS: {
    message: 'module {module} has {max} parents already',
    hint: 'Dissolve a link first.',
  },
  LINK_HISTORY_FULL: {
    message: 'module {module} dissolved too many links that are not settled yet',
    hint: 'Wait until the grace of the dissolved links is over.',
  },
  LINK_EXISTS: {
    message: 'module {child} is linked below module {parent} with these terms already',
    hint: 'Propose other terms, or leave the link as it is.',
  },
  UNKNOWN_LINK: {
    message: 'no link from module {parent} to module {child}',
    hint: 'link_children and link_parents list the links.',
  },
  LINK_DISSOLVED: {
    message: 'the link from module {parent} to module {child} ends with this epoch already',
    hint: 'Nothing is left to do.',
  },
  UNKNOWN_PROPOSAL: {
    message: 'nobody proposed a link from module {parent} to module {child}',
    hint: 'The other side accepts what one side proposed.',
  },
  PROPOSAL_EXPIRED: {
    message: 'the proposal could be accepted up to epoch {expires}, this is epoch {epoch}',
    hint: 'Propose again.',
  },
  EXPIRY_OUT_OF_RANGE: {
    message: 'a proposal expires between epoch {min} and epoch {max}',
    hint: 'Name an epoch in this range.',
  },
  TERMS_DIFFER: {
    message: 'these are not the proposed terms',
    hint: 'Read the proposal again: its terms may have been replaced.',
  },
  UNKNOWN_VALIDATOR: {
    message: 'this account is no candidate for validator',
    hint: 'A candidate is made by staking on its own key first.',
  },
  NOT_A_VALIDATOR_KEY: {
    message: 'only an ed25519 key can become a validator',
    hint: 'Stake on yourself with an ed25519 key.',
  },
  UNKNOWN_STAKE: { message: 'nothing is staked there by this account', hint: 'stake_get shows the stake.' },
  INSUFFICIENT_STAKE: {
    message: 'needs {needed} staked, has {available}',
    hint: 'Thawing stake cannot be unstaked twice.',
  },
  NOTHING_THAWED: {
    message: 'nothing has thawed yet; the next money thaws in epoch {epoch}',
    hint: 'Wait for that epoch.',
  },
  UNKNOWN_RESERVE: {
    message: 'no such reserve',
    hint: 'escrow_list shows the reserves of an account.',
  },
  INSUFFICIENT_RESERVE: {
    message: 'needs {needed} in the reserve, has {available}',
    hint: 'Thawing money cannot be thawed twice.',
  },
  SETTLEMENT_PENDING: {
    message: 'the settlement of epoch {epoch} is not finished',
    hint: 'Withdraw after the next blocks.',
  },
  UNKNOWN_CONSENSUS: {
    message: 'there is no consensus module {consensus}',
    hint: 'consensus_list names them.',
  },
  CONSENSUS_NOT_ACTIVE: {
    message: 'consensus module {consensus} is active from epoch {epoch} on',
    hint: 'Wait for that epoch.',
  },
  ...REGISTRY_ERRORS,
  ...GOVERNANCE_ERRORS,
  NOT_DEV_AUTHORITY: {
    message: 'only the dev authority of a devnet may do this',
    hint: 'Use the key that the genesis names, on a chain that is a devnet.',
  },
  ...DEV_ERRORS,

  // What the kernel refuses in the outcome of a consensus module.
  CAPABILITY: {
    message: 'consensus module {consensus} has no capability {capability}',
    hint: 'Capabilities are granted in the consensus registry.',
  },
  OVERDRAFT: {
    message: 'takes {needed} out of a {ledger} that holds {available}',
    hint: 'This is a defect of the consensus module.',
  },
  MINT_CAP: {
    message: 'mints {minted} in one epoch, at most {cap} are allowed',
    hint: 'The cap stands in the consensus registry.',
  },
  BAD_OUTCOME: {
    message: 'the outcome of the consensus module is refused: {reason}',
    hint: 'This is a defect of the consensus module.',
  },
  CLOSE_OVERDUE: {
    message: 'epoch {epoch} was not settled in {epochs} epochs and is given up',
    hint: 'The consensus module answers `more` without end.',
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type ChainErrorCode = keyof typeof CHAIN_ERRORS;

/** The names in braces of a sentence. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type FieldNames<Code extends ChainErrorCode> = Placeholders<(typeof CHAIN_ERRORS)[Code]['message']>;
type FieldValue = string | number | bigint;
type FieldsOf<Code extends ChainErrorCode> = { readonly [Name in FieldNames<Code>]: FieldValue };

/** Why a transaction is refused, or why its call failed. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly code: ChainErrorCode;
  readonly hint: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** False when the same transaction could be accepted later: "not now" instead of "no". */
  readonly final: boolean;

  constructor(code: ChainErrorCode, fields: Readonly<Record<string, FieldValue>>) {
    const entry: Entry = CHAIN_ERRORS[code];
    super(fill(entry.message, fields));
    this.code = code;
    this.hint = entry.hint;
    this.fields = fields;
    this.final = entry.later !== true;
  }
}

/** A {@link ChainError} whose fields are those that its sentence names; the compiler checks them. */
export function chainError<Code extends ChainErrorCode>(
  code: Code,
  ...[fields]: FieldNames<Code> extends never ? [] : [fields: FieldsOf<Code>]
): ChainError {
  return new ChainError(code, fields ?? {});
}

/** What to do about a failure code; undefined for the codes of consensus modules. */
export function hintOf(code: string): string | undefined {
  return Object.hasOwn(CHAIN_ERRORS, code) ? CHAIN_ERRORS[code as ChainErrorCode].hint : undefined;
}

export type BlockErrorCode =
  | 'WRONG_VERSION'
  | 'WRONG_CHAIN'
  | 'WRONG_HEIGHT'
  | 'WRONG_PARENT'
  | 'WRONG_TIME'
  | 'WRONG_EPOCH'
  | 'WRONG_PROPOSER'
  | 'WRONG_VALIDATORS'
  | 'WRONG_TRANSACTIONS_ROOT'
  | 'WRONG_EVIDENCE_ROOT'
  | 'WRONG_STATE_ROOT'
  | 'WRONG_EVENTS_ROOT'
  | 'WRONG_LAST_COMMIT'
  | 'BLOCK_TOO_LARGE'
  | 'BLOCK_TOO_HEAVY'
  | 'BAD_EVIDENCE'
  | 'BAD_TRANSACTION';

/** A block that cannot be right, whoever proposed it. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
  readonly code: BlockErrorCode;
  constructor(code: BlockErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export type CommitErrorCode =
  | 'WRONG_HEIGHT'
  | 'WRONG_BLOCK'
  | 'NOT_ASCENDING'
  | 'UNKNOWN_VALIDATOR'
  | 'NO_QUORUM'
  | 'NOT_ED25519'
  | 'BAD_SIGNATURE';

/** A certificate that proves nothing; refused whole. */
export class CommitError extends Error {
  override readonly name = 'CommitError';
  readonly code: CommitErrorCode;
  constructor(code: CommitErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type EvidenceErrorCode =
  /** The two messages are the same, or in the wrong order. */
  | 'NOT_CANONICAL'
  | 'NOT_ED25519'
  | 'BAD_SIGNATURE'
  /** The offence is of a height that is not committed yet: not now. All other codes are final. */
  | 'FUTURE'
  /** Older than stake takes to thaw. */
  | 'EXPIRED'
  | 'NOT_A_VALIDATOR'
  /** The offence was punished before. */
  | 'REPEATED'
  /** The evidence of a block is not in strictly ascending order. */
  | 'NOT_ASCENDING';

/** Evidence that may not stand in a block; it refuses the block whole. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  readonly code: EvidenceErrorCode;
  constructor(code: EvidenceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type LightErrorCode =
  | 'OTHER_CHAIN'
  /** Another header than the one that was asked for. */
  | 'WRONG_HEIGHT'
  | 'NOT_LATER'
  | 'WRONG_TIME'
  | 'WRONG_EPOCH'
  | 'FROM_FUTURE'
  /** The trusted header is too old: its validators may have taken their stake and gone. */
  | 'TRUST_EXPIRED'
  | 'WRONG_PARENT'
  | 'OTHER_VALIDATORS'
  /** Not refused for good: a header in between has to be verified first. */
  | 'OVERLAP_TOO_SMALL';

/** A header that cannot be believed on the strength of the trusted one. */
export class LightError extends Error {
  override readonly name = 'LightError';
  readonly code: LightErrorCode;
  readonly hint: string;
  constructor(code: LightErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export type GenesisErrorCode =
  | 'OUT_OF_RANGE'
  | 'DUPLICATE'
  | 'NO_VALIDATORS'
  | 'SUPPLY_OVERFLOW'
  | 'UNKNOWN_CAPABILITY'
  | 'MISSING_CAPABILITY'
  | 'MISSING_MECHANISM'
  | 'MODULE_REFUSED';

/** A genesis from which no chain can start. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError';
  readonly code: GenesisErrorCode;
  constructor(code: GenesisErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Where the code of a consensus module ran when it crashed. */
export interface FaultPlace {
  readonly consensus: number;
  /** A method of the module, `closeEpoch`, or `weight of <method>`. */
  readonly method: string;
  /** null when no transaction was involved. */
  readonly sender: string | null;
}

/**
 * The code of a consensus module is missing or crashed. No answer can be derived from that, so the execution of the
 * block stops here instead of guessing (spec section 6, rule 3).
 */
export class ModuleFault extends Error {
  override readonly name = 'ModuleFault';
  readonly code = 'MODULE_FAULT';
  readonly hint = CHAIN_ERRORS.MODULE_FAULT.hint;
  readonly place: FaultPlace;
  constructor(place: FaultPlace, cause: unknown) {
    const by = place.sender === null ? '' : ` called by ${place.sender}`;
    super(`consensus module ${place.consensus}, ${place.method}${by}: ${reasonOf(cause)}`, { cause });
    this.place = place;
  }
}

/** What an unknown thrown thing says. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

const fill = (message: string, fields: Readonly<Record<string, FieldValue>>): string =>
  message.replace(/\{(\w+)\}/g, (_, name: string) => String(fields[name]));
