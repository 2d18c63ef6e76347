import type { Amount } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getStakeSnapshot, getValidators } from '../getters.ts';
import { requireContent } from '../governance/content.ts';
import { debit } from '../money.ts';
import { govElectors, govProposals, govTallies, nextGovProposal, openGovProposals } from '../tables.ts';

/** Anybody who ties up the bond can propose; the stake at the start of this epoch votes. */
export function propose(context: CallContext, { title, content }: CallOf<'propose'>): void {
  const { draft, sender, epoch, parameters } = context;
  const { governance: rules } = parameters;
  const endEpoch = epoch.number + rules.votingEpochs + 1;
  requireTitle(title);
  requireContent(draft, content, endEpoch);
  debit(draft, sender, rules.bond);

  const id = nextGovProposal.get(draft) ?? 0;
  nextGovProposal.put(draft, id + 1);
  const electorate = putElectors(context, id);
  govProposals.put(
    draft,
    { id, proposer: sender, title, content, epoch: epoch.number, endEpoch, rules, electorate, result: null },
    id,
  );
  govTallies.put(draft, { yes: 0n, no: 0n, abstain: 0n }, id);
  openGovProposals.put(draft, true, endEpoch, id);
  emit(context, 'ProposalMade', { proposal: id, proposer: sender, title, endEpoch, bond: rules.bond });
}

/** The validators that this epoch elected, with the stake that was on them at its start. Answers with its sum. */
function putElectors({ draft }: CallContext, id: number): Amount {
  let electorate = 0n;
  for (const { validator } of getValidators(draft, 2)) {
    const stake = getStakeSnapshot(draft, { kind: 'validator', validator });
    if (stake === 0n) continue;
    govElectors.put(draft, { stake, apart: 0n }, id, validator);
    electorate += stake;
  }
  return electorate;
}

/** One line that is shown as it is. */
export function requireTitle(title: string): void {
  if (title === '' || !isShown(title)) throw chainError('BAD_TITLE');
}

/**
 * Nothing that moves the cursor, hides text or turns its direction. The ranges stand here in full: which characters a
 * Unicode property covers differs between versions of a runtime.
 */
function isShown(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (HIDDEN.some(([first, last]) => point >= first && point <= last)) return false;
  }
  return true;
}

const HIDDEN: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
];
