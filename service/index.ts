/**
 * What the author of a service plugin sees: a program beside the chain, in a process of its own, that a node hosts. It
 * imports nothing that runs, so that a packed plugin carries none of the node.
 *
 * Everything here is asynchronous and local to one node: no other node hears of it, and nothing of it is consensus. Each
 * use is checked by the node against the capabilities of the manifest; what is not granted rejects with CAPABILITY.
 */

import type { Address, CallJson, Decimal, Methods, Notices, Topic } from '../node/client/wire.ts';
import type { VoteJson } from '../node/client/wireGov.ts';

export type { Address, CallJson, Decimal, Methods, Notices, Topic } from '../node/client/wire.ts';

/** The methods of the node's RPC that a service can read with: same names, same parameters, same results. */
export const READ_METHODS = [
  'node_info',
  'chain_head',
  'chain_getBlock',
  'tx_get',
  'tx_wait',
  'tx_simulate',
  'account_get',
  'account_proof',
  'module_get',
  'module_list',
  'link_get',
  'link_children',
  'link_parents',
  'link_proposals',
  'link_tree',
  'link_proof',
  'stake_get',
  'stake_validators',
  'escrow_get',
  'escrow_list',
  'escrow_proof',
  'epoch_current',
  'epoch_get',
  'consensus_list',
  'consensus_query',
  'consensus_proof',
  'consensus_settlement',
  'gov_params',
  'gov_list',
  'gov_get',
  'gov_votes',
  'gov_proof',
] as const satisfies readonly (keyof Methods)[];
export type ReadMethod = (typeof READ_METHODS)[number];

/** How to vote on a proposal. */
export type Choice = VoteJson['choice'];

/** Only notices of transactions that name this account, or of the one with this hash. */
export interface NoticeFilter {
  readonly account?: Address;
  readonly hash?: string;
}

export interface Subscription {
  /** Resolves when the node sends no more. */
  end(): Promise<void>;
}

/** What a node lets a service do. */
export interface ServiceApi {
  readonly name: string;
  readonly version: string;
  /** What the operator set, and the defaults of the rest. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** A directory of its own on this machine; it stays over restarts and new versions. */
  readonly directory: string;
  /** The account of this service on this node. Its key is held by the node; it begins without money. */
  readonly address: Address;
  /** Needs `read_blockchain`. */
  read<Name extends ReadMethod>(
    name: Name,
    params?: Methods[Name]['params'],
  ): Promise<Methods[Name]['result']>;
  /**
   * Needs `subscribe_events`. The listener is called for one notice after the other; `dropped` counts those that were
   * lost before this one because earlier ones were still being handled. A new subscription to `plugin` hears first of
   * all plugins that are loaded.
   */
  subscribe<Name extends Topic>(
    topic: Name,
    listener: (notice: Notices[Name], dropped: number) => void | Promise<void>,
    filter?: NoticeFilter,
  ): Promise<Subscription>;
  /** Needs `send_transactions`: signed by the node with the key of this service, and handed to the pool. */
  send(call: CallJson, options?: { readonly feeLimit?: Decimal }): Promise<{ readonly hash: string }>;
  /** Needs `communication`, as does the plugin that receives. Resolves when its handler is done. */
  message(to: string, body: unknown): Promise<void>;
  /**
   * Needs `governance_vote`: votes with the key of this service, for the stake that its account has on validators, and
   * pays the fee. A later vote replaces an earlier one.
   */
  vote(proposal: number, choice: Choice): Promise<{ readonly hash: string }>;
}

export interface Service {
  /** Called once; the plugin counts as loaded when it is done. What it throws counts as a crash. */
  start(api: ServiceApi): void | Promise<void>;
  /** A message of another plugin, whose name the node vouches for. What it throws is told to the sender. */
  message?(from: string, body: unknown): void | Promise<void>;
  /** Before the process ends; there is one second for it. */
  stop?(): void | Promise<void>;
}

/** Types the object that a plugin exports by default. */
export const defineService = (service: Service): Service => service;
