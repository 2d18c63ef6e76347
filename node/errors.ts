/** Why a node cannot start or go on. `hint` says what to do about it. */
export type NodeErrorCode =
  | 'OPTIONS_INVALID'
  | 'GENESIS_INVALID'
  | 'PORT_IN_USE'
  | 'DIRECTORY_IN_USE'
  | 'DIRECTORY_UNREADABLE'
  | 'OTHER_GENESIS'
  | 'STORE_VERSION'
  | 'STORE_CORRUPT'
  | 'STATE_MISMATCH'
  | 'CONSENSUS_CODE_MISSING'
  /** The code is here, and must not or cannot run on this node. */
  | 'CONSENSUS_CODE_REFUSED'
  | 'DIVERGED'
  | 'KEY_INVALID'
  | 'NOT_A_DEVNET'
  | 'DEV_FAILED'
  | 'STOPPED';

export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: NodeErrorCode;
  readonly hint: string;
  constructor(code: NodeErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
