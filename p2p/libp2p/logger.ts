import type { ComponentLogger, Logger } from '@libp2p/interface';
import type { NetworkLog } from '../network.ts';
import { ClosedHere } from './closed-here.ts';

/** libp2p's own complaints, such as a failed encryption handshake, as debug lines of our log; its chatter is left out. */
export function libp2pLogger(log: NetworkLog): ComponentLogger {
  const forComponent = (component: string): Logger => {
    const quiet = () => {};
    const error = (...parts: unknown[]) => {
      if (parts.some(part => part instanceof ClosedHere)) return;
      log.debug({ component, error: describe(parts) }, 'libp2p');
    };
    const newScope = (name: string) => forComponent(`${component}:${name}`);
    return Object.assign(quiet, { error, trace: quiet, newScope, enabled: false });
  };
  return { forComponent };
}

/** Puts the values where the format has a placeholder; an error gives its message. */
function describe([format, ...values]: readonly unknown[]): string {
  const texts = values.map(value => (value instanceof Error ? value.message : String(value)));
  return String(format).replace(/%[a-z]/g, placeholder => texts.shift() ?? placeholder);
}
