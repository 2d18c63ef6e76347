export type ComplianceErrorCode =
  | 'NOT_PLAIN'
  | 'NOT_CONSERVED'
  | 'NOT_ALLOWED'
  | 'NOT_DETERMINISTIC'
  | 'FORBIDDEN_SOURCE'
  | 'THROWS'
  | 'REPLAYED'
  | 'BAD_WEIGHT'
  | 'BAD_INFO'
  | 'BAD_EVENT'
  | 'ENDLESS'
  | 'UNEXPECTED'
  | 'HANG'
  | 'CRASH';

/** A rule of the consensus interface that a module breaks. */
export class ComplianceError extends Error {
  override readonly name = 'ComplianceError';
  readonly code: ComplianceErrorCode;
  constructor(code: ComplianceErrorCode, message: string, cause?: unknown) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
