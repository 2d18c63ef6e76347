import type { Client } from '../node/client/index.ts';

/**
 * What the off-chain side asks of the chain: the node's client has it all. A type of its own, so that servers and
 * clients of modules can be tested without a chain.
 */
export type Chain = Pick<
  Client,
  | 'getNodeInfo'
  | 'getCurrentEpoch'
  | 'subscribeEpochs'
  | 'subscribeTransactions'
  | 'getModule'
  | 'getEscrow'
  | 'getLinkChildren'
  | 'getLinkParents'
  | 'getLinkProposals'
  | 'listConsensus'
  | 'getSettlement'
  | 'queryConsensus'
  | 'send'
>;
