/** Between the frames of the node and the code of a service. */
import type { Notices, Service, ServiceApi, Topic } from '../../../service/index.ts';
import { messageOf } from '../../errors.ts';
import type { Failure, FromService, StartInfo, ToService } from '../wire.ts';

/** Why the node did not do what a service asked. */
class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly hint: string;
  constructor({ name, message, hint }: Failure) {
    super(message);
    this.code = name;
    this.hint = hint;
  }
}

type Listener = (notice: never, dropped: number) => void | Promise<void>;
interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Longer reasons are cut; the node takes no longer ones. */
const MAX_REASON = 1_000;

export function createServing(service: Service, send: (message: FromService) => void) {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<number, Listener>();
  let turn: Promise<unknown> = Promise.resolve();
  let asked = 0;

  function ask<T>(method: string, params: unknown): Promise<T> {
    const id = asked++;
    return new Promise<T>((resolve, reject) => {
      const text = JSON.stringify(params ?? {});
      if (text === undefined) throw new TypeError(`the parameters of ${method} are no JSON`);
      waiting.set(id, { resolve, reject });
      send({ kind: 'ask', id, method, params: text });
    });
  }

  const apiOf = (info: StartInfo): ServiceApi => ({
    ...info,
    read: (name, params) => ask(name, params),
    send: (call, { feeLimit } = {}) => ask('send', { call, feeLimit }),
    message: (to, body) => ask('message', { to, body }),
    vote: (proposal, choice) => ask('vote', { proposal, choice }),
    async subscribe<Name extends Topic>(
      topic: Name,
      listener: (notice: Notices[Name], dropped: number) => void | Promise<void>,
      filter: object = {},
    ) {
      // Its number is known before the node's first notice can arrive.
      const subscription = asked;
      listeners.set(subscription, listener);
      await ask('subscribe', { topic, filter }).catch((error: unknown) => {
        listeners.delete(subscription);
        throw error;
      });
      return {
        async end() {
          await ask('unsubscribe', { subscription });
          listeners.delete(subscription);
        },
      };
    },
  });

  /** One notice after the other, in the order in which they came. */
  function notify({ subscription, dropped, body }: Extract<ToService, { kind: 'notice' }>): Promise<void> {
    const done = turn.then(() => listeners.get(subscription)?.(JSON.parse(body) as never, dropped));
    turn = done.catch((error: unknown) => error);
    return done;
  }

  function settle({ id, ok, body }: Extract<ToService, { kind: 'answer' }>): void {
    const found = waiting.get(id);
    waiting.delete(id);
    if (ok) found?.resolve(JSON.parse(body) as never);
    else found?.reject(new ServiceError(JSON.parse(body) as Failure));
  }

  async function carryOut(message: Exclude<ToService, { kind: 'answer' }>): Promise<void> {
    switch (message.kind) {
      case 'ping':
        return;
      case 'start':
        return service.start(apiOf(JSON.parse(message.info) as StartInfo));
      case 'notice':
        return notify(message);
      case 'message':
        if (service.message === undefined) throw new Error('it takes no messages');
        return service.message(message.from, JSON.parse(message.body));
      case 'stop':
        return service.stop?.();
    }
  }

  return {
    take(message: ToService): void {
      if (message.kind === 'answer') {
        settle(message);
        return;
      }
      const { id } = message;
      carryOut(message).then(
        () => send({ kind: 'done', id, failure: '' }),
        (error: unknown) => send({ kind: 'done', id, failure: reasonOf(error) }),
      );
    },
  };
}

/** With the line of the author's code where there is one. */
function reasonOf(error: unknown): string {
  const text = (error instanceof Error && error.stack) || messageOf(error);
  return text.slice(0, MAX_REASON) || 'it threw nothing';
}
