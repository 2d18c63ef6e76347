/** For requests that make a node work for a while. */
export const LONG_MS = 120_000;

const DEFAULT_WAIT_MS = 30_000;
/** The node's own timeout should strike first: its error says more. */
const MARGIN_MS = 5_000;

/** Milliseconds until the client gives up on a request that waits `timeout` at the node. */
export const waitingTime = (timeout: number | undefined): number => (timeout ?? DEFAULT_WAIT_MS) + MARGIN_MS;
