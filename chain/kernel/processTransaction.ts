import { chainError } from '../errors.ts';
import type { ChainEvent, Outcome } from '../format/block.ts';
import type { CallOf, Transaction } from '../format/transaction.ts';
import { type Act, actOf } from './act.ts';
import { admitFrom, type Charge } from './admit.ts';
import type { Asking } from './ask.ts';
import { attempt, attemptAsking } from './attempt.ts';
import { acceptLink } from './calls/acceptLink.ts';
import { call as consensusCall } from './calls/call.ts';
import { dev, requireDevAuthority } from './calls/dev.ts';
import { dissolveLink } from './calls/dissolveLink.ts';
import { cancelConsensus, installConsensus } from './calls/installConsensus.ts';
import { propose } from './calls/propose.ts';
import { proposeLink } from './calls/proposeLink.ts';
import { registerModule } from './calls/registerModule.ts';
import { reserve } from './calls/reserve.ts';
import { retireModule } from './calls/retireModule.ts';
import { stake } from './calls/stake.ts';
import { thaw } from './calls/thaw.ts';
import { transfer } from './calls/transfer.ts';
import { unstake } from './calls/unstake.ts';
import { updateModule } from './calls/updateModule.ts';
import { vote } from './calls/vote.ts';
import { withdraw } from './calls/withdraw.ts';
import { withdrawStake } from './calls/withdrawStake.ts';
import type { CallContext, TransactionContext } from './context.ts';
import { getAccount } from './getters.ts';
import { putAccount } from './money.ts';
import type { CheckedTransaction } from './types.ts';

/**
 * Executes one transaction on the draft. Its fee is charged and its nonce used whether the call succeeds or not; a
 * call that fails changes nothing else. Throws {@link ChainError}, with nothing changed, when the transaction may not
 * stand in the block at all, and {@link ModuleFault} when a consensus module crashes.
 */
export function* processTransaction(
  context: TransactionContext,
  checked: CheckedTransaction,
): Asking<Outcome> {
  const { draft } = context;
  const charged = charge(context, checked);
  const events: ChainEvent[] = [];
  const { hash, transaction, scheme, verified } = checked;
  const { sender, call } = actOf(transaction);
  const callContext = { ...context, transaction: hash, sender, scheme, verified, events };
  // Only calls of consensus modules ask; the others need no generator.
  const failure =
    call.kind === 'call'
      ? yield* attemptAsking(draft, authorisedCall(callContext, call, transaction))
      : attempt(draft, () => {
          requireDevAuthority(context, transaction);
          dispatch(callContext, call);
        });
  return failure === null
    ? { ok: true, failure, ...charged, events }
    : { ok: false, failure, ...charged, events: [] };
}

function* authorisedCall(context: CallContext, call: CallOf<'call'>, transaction: Transaction): Asking<void> {
  requireDevAuthority(context, transaction);
  yield* consensusCall(context, call);
}

/** Takes the fee and uses the nonce; {@link sealBlock} gives all fees of a block to its proposer. */
function charge(context: TransactionContext, checked: CheckedTransaction): Charge {
  const { draft, parameters, mechanisms, block } = context;
  const { sender } = checked.transaction;
  requireNotSwitched(context, actOf(checked.transaction).call);
  const account = getAccount(draft, sender);
  const charged = admitFrom(account, checked, { height: block.height, mechanisms, parameters });
  putAccount(draft, sender, { nonce: account.nonce + 1, free: account.free - charged.fee });
  return charged;
}

/** What is known of a call was asked of the code before; whoever has it knows the new one only after this block. */
function requireNotSwitched({ switched }: TransactionContext, call: Act['call']): void {
  if (call.kind === 'call' && switched.has(call.consensus))
    throw chainError('CONSENSUS_SWITCHING', { consensus: call.consensus });
}

function dispatch(context: CallContext, call: Exclude<Act['call'], CallOf<'call'>>): void {
  switch (call.kind) {
    case 'transfer':
      transfer(context, call);
      break;
    case 'registerModule':
      registerModule(context, call);
      break;
    case 'updateModule':
      updateModule(context, call);
      break;
    case 'retireModule':
      retireModule(context, call);
      break;
    case 'proposeLink':
      proposeLink(context, call);
      break;
    case 'acceptLink':
      acceptLink(context, call);
      break;
    case 'dissolveLink':
      dissolveLink(context, call);
      break;
    case 'stake':
      stake(context, call);
      break;
    case 'unstake':
      unstake(context, call);
      break;
    case 'withdrawStake':
      withdrawStake(context, call);
      break;
    case 'reserve':
      reserve(context, call);
      break;
    case 'thaw':
      thaw(context, call);
      break;
    case 'withdraw':
      withdraw(context, call);
      break;
    case 'installConsensus':
      installConsensus(context, call);
      break;
    case 'cancelConsensus':
      cancelConsensus(context, call);
      break;
    case 'propose':
      propose(context, call);
      break;
    case 'vote':
      vote(context, call);
      break;
    case 'dev':
      dev(context, call);
      break;
  }
}
