/** How a method is declared: once, with schemas from which validation, types and documentation follow. */
import { z } from 'zod';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import type { NodeApi } from '../api.ts';
import type { MethodName, Methods, Topic } from '../client/wire.ts';
import type { Injector } from './injected/injector.ts';
import type { Notice } from './notices.ts';

/** Who asks, and what a method may use to answer. */
export interface Context {
  readonly api: NodeApi;
  /** False for a page of a foreign origin: such a one gets no `dev_` method. */
  readonly trusted: boolean;
  /** null over HTTP. */
  readonly subscriber: Subscriber | null;
  readonly waiter: TransactionWaiter;
  /** Of this server's answers. */
  readonly injector: Injector;
}

/** A connection that can receive notices. */
export interface Subscriber {
  /** The new subscription's id. `first` is sent after the answer that tells it. Throws TOO_MANY_SUBSCRIPTIONS. */
  subscribe(topic: Topic, filter?: NoticeFilter, first?: readonly Notice[]): string;
  /** False if there is none with this id and topic. */
  unsubscribe(topic: Topic, id: string): boolean;
}

/**
 * Only notices of transactions that this account sent or that name it, that change one of these modules or a link or
 * proposal of it, or of the one with this hash.
 */
export interface NoticeFilter {
  readonly account?: Account | undefined;
  readonly modules?: readonly number[] | undefined;
  readonly hash?: string | undefined;
}

export interface TransactionWaiter {
  /** Resolves once a transaction of the pool is final. Throws TRANSACTION_DROPPED, UNKNOWN_TRANSACTION, WAIT_TIMEOUT. */
  wait(hash: Hex, timeoutMs: number): Promise<Methods['tx_wait']['result']>;
}

/** `Asked` is the context: who asks, and what answers. */
export interface Method<Asked = Context, Params = never> {
  readonly name: string;
  readonly description: string;
  readonly params: z.ZodObject;
  readonly result: z.ZodType;
  readonly run: (context: Asked, params: Params) => unknown;
}

/** A schema whose JSON is exactly the wire type. */
type SchemaOf<Value> = z.ZodType<Value>;
interface Definition<Name extends MethodName, Asked> {
  /** One or two sentences. */
  readonly description: string;
  /** In the order in which they may be given by position. */
  readonly params: z.ZodObject & SchemaOf<Methods[Name]['params']>;
  readonly result: SchemaOf<Methods[Name]['result']>;
  run(
    context: Asked,
    params: Methods[Name]['params'],
  ): Methods[Name]['result'] | Promise<Methods[Name]['result']>;
}

/** Declares methods that are answered in a context of this kind. */
export const methodsOf =
  <Asked>() =>
  <Name extends MethodName>(name: Name, definition: Definition<Name, Asked>): Method<Asked> => ({
    name,
    ...definition,
  });

/** A method of a node. */
export const method = methodsOf<Context>();

export const noParams = z.strictObject({});
