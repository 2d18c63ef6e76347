export { type AdvanceEpochParameters, type AdvanceEpochReturnType, advanceEpoch } from './advanceEpoch.ts';
export {
  type BuildTransactionParameters,
  type BuildTransactionReturnType,
  buildTransaction,
} from './buildTransaction.ts';
export { type CancelConsensusParameters, cancelConsensus } from './cancelConsensus.ts';
export { type DiscoverReturnType, discover } from './discover.ts';
export { type DumpReturnType, dump } from './dump.ts';
export { type GetAccountParameters, type GetAccountReturnType, getAccount } from './getAccount.ts';
export {
  type GetAccountProofParameters,
  type GetAccountProofReturnType,
  getAccountProof,
} from './getAccountProof.ts';
export { type GetBansReturnType, getBans } from './getBans.ts';
export { type GetBlockParameters, type GetBlockReturnType, getBlock } from './getBlock.ts';
export { type GetBlockModeReturnType, getBlockMode } from './getBlockMode.ts';
export {
  type GetConsensusProofParameters,
  type GetConsensusProofReturnType,
  getConsensusProof,
} from './getConsensusProof.ts';
export { type GetCurrentEpochReturnType, getCurrentEpoch } from './getCurrentEpoch.ts';
export { type GetEpochParameters, type GetEpochReturnType, getEpoch } from './getEpoch.ts';
export { type GetEscrowParameters, type GetEscrowReturnType, getEscrow } from './getEscrow.ts';
export {
  type GetEscrowProofParameters,
  type GetEscrowProofReturnType,
  getEscrowProof,
} from './getEscrowProof.ts';
export { type GetHeadReturnType, getHead } from './getHead.ts';
export { type GetLinkParameters, type GetLinkReturnType, getLink } from './getLink.ts';
export {
  type GetLinkChildrenParameters,
  type GetLinkChildrenReturnType,
  getLinkChildren,
} from './getLinkChildren.ts';
export {
  type GetLinkParentsParameters,
  type GetLinkParentsReturnType,
  getLinkParents,
} from './getLinkParents.ts';
export { type GetLinkProofParameters, type GetLinkProofReturnType, getLinkProof } from './getLinkProof.ts';
export {
  type GetLinkProposalsParameters,
  type GetLinkProposalsReturnType,
  getLinkProposals,
} from './getLinkProposals.ts';
export { type GetLinkTreeParameters, type GetLinkTreeReturnType, getLinkTree } from './getLinkTree.ts';
export { type GetModuleParameters, type GetModuleReturnType, getModule } from './getModule.ts';
export { type GetNodeInfoReturnType, getNodeInfo } from './getNodeInfo.ts';
export { type GetPeersReturnType, getPeers } from './getPeers.ts';
export { type GetProposalParameters, type GetProposalReturnType, getProposal } from './getProposal.ts';
export {
  type GetProposalProofParameters,
  type GetProposalProofReturnType,
  getProposalProof,
} from './getProposalProof.ts';
export {
  type GetSettlementParameters,
  type GetSettlementReturnType,
  getSettlement,
} from './getSettlement.ts';
export { type GetStakeParameters, type GetStakeReturnType, getStake } from './getStake.ts';
export {
  type GetTransactionParameters,
  type GetTransactionReturnType,
  getTransaction,
} from './getTransaction.ts';
export { type GetValidatorsReturnType, getValidators } from './getValidators.ts';
export {
  type ImpersonateParameters,
  type ImpersonateReturnType,
  impersonate,
} from './impersonate.ts';
export {
  type IncreaseTimeParameters,
  type IncreaseTimeReturnType,
  increaseTime,
} from './increaseTime.ts';
export {
  type InstallConsensusParameters,
  type InstallConsensusReturnType,
  installConsensus,
} from './installConsensus.ts';
export { type ListConsensusReturnType, listConsensus } from './listConsensus.ts';
export { type ListEscrowParameters, type ListEscrowReturnType, listEscrow } from './listEscrow.ts';
export { type ListMethodsReturnType, listMethods } from './listMethods.ts';
export { type ListModulesParameters, type ListModulesReturnType, listModules } from './listModules.ts';
export { type ListParametersReturnType, listParameters } from './listParameters.ts';
export {
  type ListProposalsParameters,
  type ListProposalsReturnType,
  listProposals,
} from './listProposals.ts';
export { type ListSnapshotsReturnType, listSnapshots } from './listSnapshots.ts';
export { type ListVotesParameters, type ListVotesReturnType, listVotes } from './listVotes.ts';
export { type LoadParameters, type LoadReturnType, load } from './load.ts';
export { type MineParameters, type MineReturnType, mine } from './mine.ts';
export { type MintParameters, mint } from './mint.ts';
export {
  type QueryConsensusParameters,
  type QueryConsensusReturnType,
  queryConsensus,
} from './queryConsensus.ts';
export { type RevertParameters, type RevertReturnType, revert } from './revert.ts';
export { type SetBalanceParameters, setBalance } from './setBalance.ts';
export { type SetBlockModeParameters, setBlockMode } from './setBlockMode.ts';
export {
  type SimulateTransactionParameters,
  type SimulateTransactionReturnType,
  simulateTransaction,
} from './simulateTransaction.ts';
export { type SnapshotParameters, type SnapshotReturnType, snapshot } from './snapshot.ts';
export {
  type SubmitAndWaitParameters,
  type SubmitAndWaitReturnType,
  submitAndWait,
} from './submitAndWait.ts';
export {
  type SubmitTransactionParameters,
  type SubmitTransactionReturnType,
  submitTransaction,
} from './submitTransaction.ts';
export {
  type SubscribeBlocksParameters,
  type SubscribeBlocksReturnType,
  subscribeBlocks,
} from './subscribeBlocks.ts';
export {
  type SubscribeEpochsParameters,
  type SubscribeEpochsReturnType,
  subscribeEpochs,
} from './subscribeEpochs.ts';
export {
  type SubscribeProposalsParameters,
  type SubscribeProposalsReturnType,
  subscribeProposals,
} from './subscribeProposals.ts';
export {
  type SubscribeTransactionsParameters,
  type SubscribeTransactionsReturnType,
  subscribeTransactions,
} from './subscribeTransactions.ts';
export {
  type WaitForTransactionParameters,
  type WaitForTransactionReturnType,
  waitForTransaction,
} from './waitForTransaction.ts';
