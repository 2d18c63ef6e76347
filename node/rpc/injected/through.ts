import { isUtf8 } from 'node:buffer';
import type { Carried, Injector } from './injector.ts';

/** Says what was done to a message; absent while no faults are in force. */
export const FAULTS_HEADER = 'devnet-rpc-faults';

/** Bytes from a transport, through the faults in force. Without any, and for what is no text, straight on. */
export async function through(
  injector: Injector,
  sent: Buffer,
  next: (sent: Buffer | string) => Promise<string | null>,
): Promise<Carried> {
  if (injector.isActive() && isUtf8(sent)) return injector.carry(sent.toString(), next);
  return { text: await next(sent), dropped: false, told: null };
}
