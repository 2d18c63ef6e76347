/** Sizes and times of the call between modules (interface page). */
export const CALL_LIMITS = {
  /** Characters of `module-auth` and `module-receipt`. */
  blob: 4096,
  /** Bytes of params and of a result. */
  body: 1024 * 1024,
  /** Bytes of all lines of a result that streams. */
  stream: 16 * 1024 * 1024,
  /** Milliseconds between the clocks of client and server. */
  clockSkew: 60_000,
} as const;
