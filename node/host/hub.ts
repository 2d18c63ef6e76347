/**
 * What services ask of their node. Each use is checked here against what the manifest names, whatever the process says:
 * its code is not asked what it may.
 */
import { z } from 'zod';
import { CHOICES, type KeyPair, SignedTransaction, signingBytes, Transaction } from '../../chain/index.ts';
import { type Capability, decode, encode, fromHex, type Hex } from '../../consensus/interface/index.ts';
import { READ_METHODS } from '../../service/index.ts';
import type { NodeApi } from '../api.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';
import { toAccount } from '../rpc/addresses.ts';
import { isDeeperThan } from '../rpc/depth.ts';
import { createDispatcher } from '../rpc/dispatch.ts';
import { errorObject, RpcFault } from '../rpc/errors.ts';
import { createInjector } from '../rpc/injected/injector.ts';
import { DEFAULT_LIMITS } from '../rpc/options.ts';
import { METHODS } from '../rpc/registry.ts';
import * as s from '../rpc/schemas.ts';
import { build } from '../rpc/transactions.ts';
import { createWaiter } from '../rpc/wait.ts';
import { Budget } from './budget.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { HostError } from './errors.ts';
import type { LoadedPlugins } from './loaded.ts';
import type { ServiceProcess } from './process.ts';
import { type Failure, HUB_METHODS, type HubMethod, TOPICS } from './wire.ts';

/** Of one service. */
export interface HubLimits {
  /** Requests a second, and of a burst. */
  readonly rate: number;
  readonly burst: number;
  /** Bytes of parameters a second, and of a burst. */
  readonly byteRate: number;
  readonly byteBurst: number;
  /** Requests under way at once. */
  readonly underWay: number;
  /** So many requests over the rate end the process. */
  readonly flood: number;
  readonly subscriptions: number;
  /** Milliseconds for the handler of a message. */
  readonly messageDeadline: number;
}

export const HUB_LIMITS: HubLimits = {
  rate: 200,
  burst: 1_000,
  byteRate: 1024 * 1024,
  byteBurst: 8 * 1024 * 1024,
  underWay: 64,
  flood: 2_000,
  subscriptions: 32,
  messageDeadline: 10_000,
};

/** A service as the hub knows it. */
export interface Guest {
  readonly name: string;
  readonly label: string;
  readonly capabilities: readonly Capability[];
  readonly key: KeyPair;
  /** Something that its code did wrong. */
  failed(call: string, error: unknown): void;
}

export interface HubOptions {
  readonly api: NodeApi;
  readonly loaded: LoadedPlugins;
  readonly limits: HubLimits;
  readonly log: Log;
  /** Those that run now, with what is on its way to them. */
  readonly guest: (name: string) => { readonly guest: Guest; readonly delivery: Delivery } | null;
}

export interface Hub {
  /** Answers what a process asks for, until it ends. */
  serve(guest: Guest, process: ServiceProcess): Delivery;
  close(): void;
}

const NEEDS: Readonly<Record<HubMethod, Capability>> = {
  subscribe: 'subscribe_events',
  unsubscribe: 'subscribe_events',
  send: 'send_transactions',
  message: 'communication',
  vote: 'governance_vote',
};
const isHubMethod = (name: string): name is HubMethod => HUB_METHODS.some(each => each === name);

const Subscribe = z.strictObject({
  topic: z.enum(TOPICS),
  filter: z.strictObject({ account: s.address.optional(), hash: s.hash.optional() }).optional(),
});
const Unsubscribe = z.strictObject({ subscription: s.u32 });
const Send = z.strictObject({ call: s.call, feeLimit: s.amount.optional() });
const Vote = z.strictObject({ proposal: s.u32, choice: z.enum(CHOICES) });
const Message = z.strictObject({ to: z.string().max(64), body: z.unknown() });

export function createHub({ api, loaded, limits, log, guest: find }: HubOptions): Hub {
  const waiter = createWaiter(api, DEFAULT_LIMITS.waiters);
  const methods = new Map([...METHODS].filter(([name]) => READ_METHODS.some(each => each === name)));
  const onDefect = (error: unknown, method: string): void =>
    log.error({ err: error, method }, 'host: unforeseen error');
  const dispatch = createDispatcher({ methods, limits: DEFAULT_LIMITS, onDefect });
  // The faults that somebody sets for clients are not for services: theirs has none, and no way to set any.
  const injector = createInjector(DEFAULT_LIMITS);
  const context = { api, trusted: false, subscriber: null, waiter, injector };

  /** The answer in JSON. */
  async function read(method: string, params: unknown): Promise<string> {
    const text = await dispatch(JSON.stringify({ jsonrpc: '2.0', id: 0, method, params }), context);
    const { error, result } = JSON.parse(text ?? 'null') as { error?: unknown; result?: unknown };
    if (error === undefined) return JSON.stringify(result);
    const { message, data } = error as { message: string; data: { name: string; hint: string } };
    throw new Refused({ name: data.name, message, hint: data.hint });
  }

  async function send({ key }: Guest, { call, feeLimit }: z.infer<typeof Send>): Promise<{ hash: Hex }> {
    const from = key.address;
    const { unsigned } = await build(api, { from, call, feeLimit, scheme: key.scheme });
    const transaction = decode(Transaction, fromHex(unsigned));
    const signature = key.sign(signingBytes('transaction', fromHex(unsigned)));
    return { hash: await api.submit(encode(SignedTransaction, { transaction, signature })) };
  }

  async function message(sender: Guest, params: unknown): Promise<null> {
    const { to, body = null } = parsed(Message, params);
    const target = find(to);
    if (target === null) throw new HostError('PLUGIN_UNREACHABLE', `no service ${to} runs here`);
    if (!target.guest.capabilities.includes('communication'))
      throw new HostError('PLUGIN_UNREACHABLE', `${to} lacks the capability communication`);
    const text = JSON.stringify(body);
    const call = `a message of ${sender.name}`;
    try {
      await target.delivery.message(sender.name, text, call, limits.messageDeadline);
    } catch (error) {
      if (error instanceof HostError) throw error;
      target.guest.failed(call, error);
      throw new HostError('MESSAGE_FAILED', `${to}: ${messageOf(error)}`);
    }
    return null;
  }

  async function carryOut(
    { guest, delivery, inTurn }: Serving,
    id: number,
    method: string,
    text: string,
  ): Promise<string> {
    const needed = isHubMethod(method) ? NEEDS[method] : 'read_blockchain';
    if (!isHubMethod(method) && !methods.has(method))
      throw new RpcFault('METHOD_NOT_FOUND', `a service can ask no ${JSON.stringify(method)}`);
    requireCapability(guest, needed, method);
    const params = readJson(text);
    if (!isHubMethod(method)) return read(method, params);
    switch (method) {
      case 'subscribe': {
        const { topic, filter = {} } = parsed(Subscribe, params);
        const account = filter.account === undefined ? undefined : toAccount(filter.account);
        delivery.subscribe(id, topic, { account, hash: filter.hash });
        return JSON.stringify(id);
      }
      case 'unsubscribe':
        delivery.unsubscribe(parsed(Unsubscribe, params).subscription);
        return 'null';
      case 'send': {
        const wanted = parsed(Send, params);
        // Whichever way it is sent, a vote is a vote.
        if (wanted.call.kind === 'vote') requireCapability(guest, NEEDS.vote, 'a vote');
        return JSON.stringify(await inTurn(() => send(guest, wanted)));
      }
      case 'message':
        return JSON.stringify(await message(guest, params));
      case 'vote': {
        const { proposal, choice } = parsed(Vote, params);
        return JSON.stringify(await inTurn(() => send(guest, { call: { kind: 'vote', proposal, choice } })));
      }
    }
  }

  return {
    serve(guest, process) {
      const delivery = createDelivery({ loaded, guest, process, subscriptions: limits.subscriptions });
      const serving = { guest, delivery, inTurn: inTurn() };
      const rate = new Budget(limits.rate, limits.burst, Date.now);
      const bytes = new Budget(limits.byteRate, limits.byteBurst, Date.now);
      let underWay = 0;

      async function answer(id: number, method: string, params: string): Promise<void> {
        const left = Math.min(rate.take(1), bytes.take(params.length) < 0 ? -1 : 0);
        if (left < -limits.flood)
          return process.end('FLOOD', method, `it asks more than ${limits.rate} times a second and goes on`);
        try {
          if (left < 0 || underWay >= limits.underWay)
            throw new HostError('RATE_LIMITED', `${guest.name} asks too much at once`);
          underWay++;
          const body = await carryOut(serving, id, method, params).finally(() => {
            underWay--;
          });
          process.answer(id, true, body);
        } catch (error) {
          process.answer(id, false, JSON.stringify(failureOf(error, method, onDefect)));
        }
      }
      process.onAsk((id, method, params) => void answer(id, method, params));
      void process.gone.then(() => delivery.close());
      return delivery;
    },
    close: () => waiter.close(),
  };
}

function requireCapability({ name, capabilities }: Guest, needed: Capability, use: string): void {
  if (!capabilities.includes(needed))
    throw new HostError('CAPABILITY_MISSING', `${name} lacks the capability ${needed} for ${use}`);
}

interface Serving {
  readonly guest: Guest;
  readonly delivery: Delivery;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What a method of the RPC answered with. */
class Refused extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

function failureOf(
  error: unknown,
  method: string,
  onDefect: (error: unknown, method: string) => void,
): Failure {
  if (error instanceof Refused) return error.failure;
  const known = errorObject(error);
  if (known !== null) return { name: known.data.name, message: known.message, hint: known.data.hint };
  onDefect(error, method);
  return {
    name: 'INTERNAL_ERROR',
    message: 'the node failed to answer',
    hint: 'this is a defect of the node; its log says more',
  };
}

function readJson(text: string): unknown {
  if (isDeeperThan(text, DEFAULT_LIMITS.depth))
    throw new RpcFault('TOO_DEEP', `nested more than ${DEFAULT_LIMITS.depth} levels deep`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RpcFault('PARSE_ERROR', 'not JSON', { cause });
  }
}

function parsed<T>(schema: z.ZodType<T>, params: unknown): T {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new RpcFault('INVALID_PARAMS', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`);
}

/** One after the other: transactions of one account share its nonces. */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return work => {
    const result = turn.then(work);
    turn = result.catch((error: unknown) => error);
    return result;
  };
}
