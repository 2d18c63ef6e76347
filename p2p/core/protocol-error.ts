/** A peer sent bytes that an honest one never sends. The message says what, and goes to the log and to the peer. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code = 'PROTOCOL';
}
