import type { Channel, ChannelOptions, PeerId } from '../network.ts';
import { NetworkError } from '../network.ts';
import type { Roster } from './roster.ts';
import type { Sender } from './sender.ts';

export function createChannel(
  name: string,
  options: ChannelOptions,
  sender: Sender,
  roster: Roster,
): Channel {
  const check = (message: Uint8Array) => {
    if (message.length <= options.maxMessageBytes) return;
    const text = `a message of ${message.length} bytes on channel ${name}, the limit is ${options.maxMessageBytes}`;
    throw new NetworkError('TOO_LARGE', text);
  };
  return {
    send(peer, message) {
      check(message);
      sender.toPeer(peer, message);
    },
    broadcast(message, except?: PeerId) {
      check(message);
      for (const peer of roster.upPeers()) if (peer !== except) sender.toPeer(peer, message);
    },
  };
}
