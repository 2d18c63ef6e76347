/** What a node sends to one service without being asked each time: notices and messages, bounded. */
import type { Topic } from '../client/wire.ts';
import type { Notice } from '../rpc/notices.ts';
import type { NoticeFilter } from '../rpc/schema.ts';
import { HostError } from './errors.ts';
import type { LoadedPlugins, PluginNotice } from './loaded.ts';
import { ServiceFailure, type ServiceProcess } from './process.ts';

/** Notices and messages that a service has not finished with; and characters of them. */
const MAX_UNFINISHED = 256;
const MAX_CHARACTERS = 4 * 1024 * 1024;

export interface Delivery {
  subscribe(id: number, topic: Topic, filter: NoticeFilter): void;
  unsubscribe(id: number): void;
  publish(notices: readonly Notice[]): void;
  /** Whether anybody would hear. */
  readonly listens: boolean;
  /** Resolves when its handler is done; rejects with what it threw, or PLUGIN_BUSY. */
  message(from: string, body: string, call: string, deadline: number): Promise<void>;
  close(): void;
}

export interface DeliveryOptions {
  readonly loaded: LoadedPlugins;
  readonly guest: { readonly name: string; failed(call: string, error: unknown): void };
  readonly process: ServiceProcess;
  readonly subscriptions: number;
}

interface Subscription {
  readonly topic: Topic;
  readonly filter: NoticeFilter;
  dropped: number;
}

export function createDelivery({ loaded, guest, process, subscriptions: most }: DeliveryOptions): Delivery {
  const subscriptions = new Map<number, Subscription>();
  let unfinished = 0;
  let characters = 0;
  let isGone = false;

  const isFull = (): boolean => unfinished >= MAX_UNFINISHED || characters >= MAX_CHARACTERS;

  async function deliver(length: number, work: () => Promise<void>): Promise<void> {
    unfinished++;
    characters += length;
    try {
      await work();
    } finally {
      unfinished--;
      characters -= length;
    }
  }

  function notify(id: number, subscription: Subscription, body: string): void {
    const { topic, dropped } = subscription;
    if (isFull()) {
      subscription.dropped++;
      return;
    }
    subscription.dropped = 0;
    const call = `a notice of ${topic}`;
    const request = { kind: 'notice', subscription: id, dropped, body } as const;
    deliver(body.length, () => process.request(request, call)).catch((error: unknown) => {
      // The end of a process is told by whoever watches it.
      if (!isGone && error instanceof ServiceFailure) guest.failed(call, error);
    });
  }

  function tellPlugin(notice: PluginNotice): void {
    const body = JSON.stringify(notice);
    for (const [id, subscription] of subscriptions)
      if (subscription.topic === 'plugin') notify(id, subscription, body);
  }
  const stopListening = loaded.listen(tellPlugin);

  return {
    subscribe(id, topic, filter) {
      if (subscriptions.size >= most)
        throw new HostError('TOO_MANY_SUBSCRIPTIONS', `${guest.name} has ${most} subscriptions`);
      const subscription = { topic, filter, dropped: 0 };
      subscriptions.set(id, subscription);
      if (topic === 'plugin')
        for (const notice of loaded.replay()) notify(id, subscription, JSON.stringify(notice));
    },
    unsubscribe(id) {
      if (!subscriptions.delete(id))
        throw new HostError('NO_SUCH_SUBSCRIPTION', `${guest.name} has no subscription ${id}`);
    },
    publish(notices) {
      for (const [id, subscription] of subscriptions)
        for (const notice of notices)
          if (notice.topic === subscription.topic && notice.matches(subscription.filter))
            notify(id, subscription, notice.text());
    },
    get listens() {
      return [...subscriptions.values()].some(({ topic }) => topic !== 'plugin');
    },
    async message(from, body, call, deadline) {
      if (isFull()) throw new HostError('PLUGIN_BUSY', `${guest.name} has not finished ${unfinished} others`);
      const request = process.request({ kind: 'message', from, body }, call);
      await deliver(body.length, () => withDeadline(request, call, deadline));
    },
    close() {
      isGone = true;
      stopListening();
      subscriptions.clear();
    },
  };
}

/** A handler that takes its time is no crash: only whoever waits for it stops waiting. */
function withDeadline(work: Promise<void>, call: string, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${call}: its handler is not done after ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
