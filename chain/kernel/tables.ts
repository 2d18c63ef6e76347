/** Every table of the state (spec section 3). The bytes are part of the state root: never reuse or renumber one. */
import { account, list, struct, type TypeOf, u32, u53, u64 } from '../../consensus/interface/index.ts';
import { DevLoad, LoadPart } from '../format/dump.ts';
import {
  Account,
  ConsensusEntry,
  DevClock,
  DevSnapshot,
  Epoch,
  Installation,
  KeptRow,
  Link,
  LinkProposal,
  Module,
  PinnedCode,
  Reserve,
  Stake,
  type StakeTarget,
  Supply,
  ValidatorSet,
} from '../format/entities.ts';
import { GovElector, GovProposal, GovTally, GovVote } from '../format/governance.ts';
import { LIMITS, MAX_VOTING_EPOCHS } from '../format/limits.ts';
import { Parameters } from './parameters.ts';
import { bytesPart, hexPart, joinKey, nothing, table, textPart, u32Part, u53Part, u64Part } from './table.ts';

/** Stake on one target. `atStart` is the total when `epoch` began; it is written with the first change in an epoch. */
export const StakeTotal = struct({ amount: u64, epoch: u53, atStart: u64 });
export type StakeTotal = TypeOf<typeof StakeTotal>;

/** Stake of somebody on a validator: what it was when an epoch began in which it changed, ascending by epoch. */
export const StakeHistory = list(struct({ epoch: u53, amount: u64 }), MAX_VOTING_EPOCHS + 1);
export type StakeHistory = TypeOf<typeof StakeHistory>;

/** The validators that an epoch elected, ascending; they vote from `fromHeight` on. */
export const Seats = struct({
  startHeight: u53,
  fromHeight: u53,
  validators: list(account, LIMITS.validators),
});
export type Seats = TypeOf<typeof Seats>;

export const accounts = table(0x01, [hexPart], Account);

export const modules = table(0x10, [u32Part], Module);
/** Alias -> module id. */
export const moduleAliases = table(0x11, [textPart], u32);
/** Key -> module id. */
export const moduleAccounts = table(0x12, [hexPart], u32);
/** The id of the next module; the one row of its table. */
export const nextModule = table(0x13, [], u32);

/** The newest link of a parent and a child. */
export const links = table(0x20, [u32Part, u32Part], Link);
/** Earlier links of the same two that can still be asked for: parent, child, first epoch. */
export const pastLinks = table(0x21, [u32Part, u32Part, u53Part], Link);
/** Child, parent: there is a row in `links` or `pastLinks`. */
export const linksByChild = table(0x22, [u32Part, u32Part], nothing);
/** Parent, alias -> child; links that nobody dissolved. */
export const linkAliases = table(0x23, [u32Part, textPart], u32);
/** First epoch without it, parent, child, first epoch with it: what to prune, earliest first. */
export const endedLinks = table(0x24, [u53Part, u32Part, u32Part, u53Part], nothing);
export const proposals = table(0x25, [u32Part, u32Part], LinkProposal);
/** Last epoch to accept it, parent, child: what to prune, earliest first. */
export const expiringProposals = table(0x26, [u53Part, u32Part, u32Part], nothing);
/** Child, parent: there is a row in `proposals`. */
export const proposalsByChild = table(0x27, [u32Part, u32Part], nothing);

/** Target (see {@link targetKey}), staker. */
export const stakes = table(0x30, [u32Part, hexPart, hexPart], Stake);
/** Target. */
export const stakeTotals = table(0x31, [u32Part, hexPart], StakeTotal);
/** Candidates, the highest stake first: 2^64 - 1 - stake, validator. */
export const candidates = table(0x32, [u64Part, hexPart], nothing);
/** Staker, target. */
export const stakesByStaker = table(0x33, [hexPart, u32Part, hexPart], nothing);

/** Validator, staker. */
export const stakeHistories = table(0x34, [hexPart, hexPart], StakeHistory);
/** Newest epoch in it, validator, staker: what to prune, earliest first. */
export const stakeHistoriesByEpoch = table(0x35, [u53Part, hexPart, hexPart], nothing);

/** Consensus id, client, server. */
export const reserves = table(0x40, [u32Part, hexPart, hexPart], Reserve);
/** Consensus id, server, client. */
export const reservesByServer = table(0x41, [u32Part, hexPart, hexPart], nothing);

export const consensusEntries = table(0x50, [u32Part], ConsensusEntry);

/** The storage of consensus modules: id, then a key of the module's own. Values are the module's bytes as they are. */
const STORAGE = 0x51;
export const storageKey = (consensus: number, key: Uint8Array): Uint8Array =>
  joinKey(STORAGE, [u32Part.write(consensus), key]);

/** What is to come into force, by consensus id. */
export const installations = table(0x52, [u32Part], Installation);
/** Consensus id, height of the block in which other code took over -> the code until then. */
export const pastCode = table(0x53, [u32Part, u53Part], PinnedCode);

/** One row each. */
export const epochs = table(0x60, [], Epoch);
export const supplies = table(0x61, [], Supply);
export const parameters = table(0x62, [], Parameters);
/** 0: who voted on the last block, 1: who votes on the next one, 2: on the one after. */
export const validatorSets = table(0x63, [u32Part], ValidatorSet);

/** Epoch -> who was elected in it; kept as long as evidence counts, see `seats.ts`. */
export const seats = table(0x64, [u53Part], Seats);
/** What was punished: epoch, height, round, kind (index in `OFFENCE_KINDS`), validator. Pruned by epoch. */
export const punished = table(0x65, [u53Part, u53Part, u32Part, u32Part, hexPart], nothing);

/** How far the clocks of proposers are put forward; only on devnets. One row, or none where nobody did. */
export const clocks = table(0x66, [], DevClock);

/** Of a devnet, in the order in which they were taken. */
export const devSnapshots = table(0x67, [u32Part], DevSnapshot);
/** Snapshot, key of a row that changed after it and before the next one. */
export const keptRows = table(0x68, [u32Part, bytesPart], KeptRow);
/** Height of a block that went back -> the height of its snapshot. The blocks between do not count; no two overlap. */
export const reverts = table(0x69, [u53Part], u53);
/** Within a block: the snapshot whose state it is to have. */
export const pendingReverts = table(0x6a, [], u32);
/** Height of a block that has the state of a dump. No block before it counts. */
export const devLoads = table(0x6b, [u53Part], DevLoad);
/** Index; parts of one dump, without a gap. */
export const loadParts = table(0x6c, [u32Part], LoadPart);
/** Within a block: it is to have the state of the dump whose parts are there. */
export const pendingLoads = table(0x6d, [], nothing);

export const govProposals = table(0x70, [u32Part], GovProposal);
/** The id of the next proposal; the one row of its table. */
export const nextGovProposal = table(0x71, [], u32);
export const govTallies = table(0x72, [u32Part], GovTally);
/** Proposal, validator. */
export const govElectors = table(0x73, [u32Part, hexPart], GovElector);
/** Proposal, voter. */
export const govVotes = table(0x74, [u32Part, hexPart], GovVote);
/** `endEpoch`, proposal: those without a result, which come next first. */
export const openGovProposals = table(0x75, [u53Part, u32Part], nothing);
/** `endEpoch`, proposal: those whose votes are to be pruned, earliest first. */
export const endedGovProposals = table(0x76, [u53Part, u32Part], nothing);

/** A target as the parts of a key: its kind, and its id filled up to 32 bytes. */
export function targetKey(target: StakeTarget): [kind: number, id: `0x${string}`] {
  if (target.kind === 'validator') return [1, target.validator];
  return [0, `0x${target.module.toString(16).padStart(64, '0')}`];
}

export function targetOf(kind: number, id: `0x${string}`): StakeTarget {
  return kind === 1 ? { kind: 'validator', validator: id } : { kind: 'module', module: Number(id) };
}
