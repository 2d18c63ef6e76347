import type { Counters } from '../network.ts';

export function newCounters(): Counters {
  return {
    sentMessages: 0,
    sentBytes: 0,
    receivedMessages: 0,
    receivedBytes: 0,
    droppedUnconnected: 0,
    droppedSlow: 0,
    droppedOverRate: 0,
  };
}
