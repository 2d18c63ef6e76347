export function buildGuest(): Promise<Uint8Array>;
