/** What the owner of a lock can do, and the governor. */
import {
  type Account,
  account,
  bps,
  event,
  fail,
  type Invocation,
  method,
  type Outcome,
  ok,
  struct,
  type TypeOf,
  u32,
  u53,
  u64,
  type View,
} from 'devnet/consensus';
import { curveFault, stakeOf } from './curve.ts';
import { earned, FRACTION, vested } from './reward.ts';
import { Curve, curveOf, Draft, type Lock, lockOf, MAX_PARTS, rulesOf } from './rows.ts';

const Made = struct({ account, lock: u53, amount: u64, stake: u64, start: u53, end: u53 });
const Paid = struct({ account, lock: u53, amount: u64 });
const Withdrawn = struct({ account, lock: u53, amount: u64, reward: u64 });
const Exited = struct({
  account,
  lock: u53,
  amount: u64,
  haircut: u64,
  reward: u64,
  forfeited: u64,
  stake: u64,
});
const CurveSet = struct({ curve: u32, kPpm: u32, p: u32, tMax: u32, haircutBps: bps });
export const callEvents = {
  locked: Made,
  extended: Made,
  claimed: Paid,
  withdrawn: Withdrawn,
  exited: Exited,
  curveSet: CurveSet,
};

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const VALUE_REFUSED = fail('VALUE_REFUSED', 'only a lock takes money');
const tooMuch = fail('STAKE_FULL', 'all stake together would be above 2^64 - 1');

const lock = method<{ readonly epochs: number }>({
  description: 'Locks the attached value for a number of epochs, from the next one on.',
  codec: struct({ epochs: u53 }),
  weight: () => 100,
  apply(block, view, { sender, args: { epochs }, value }) {
    const draft = new Draft(view, rulesOf(view));
    const { totals } = draft;
    const curve = curveById(view, totals.curve);
    if (value === 0n) return fail('NO_VALUE', 'attach the money that is to be locked');
    if (epochs === 0 || epochs > curve.tMax) return fail('BAD_EPOCHS', `1 to ${curve.tMax} epochs`);
    const stake = stakeOf(curve, value, epochs);
    if (stake === 0n) return fail('TOO_LITTLE', 'so little for so short counts nothing');
    if (totals.issued + stake > MAX_U64) return tooMuch;
    const start = block.epoch + 1;
    const end = start + epochs;
    const id = totals.nextLock;
    join(draft, start, stake);
    leave(draft, end, stake);
    draft.totals = {
      ...totals,
      epoch: totals.epoch ?? block.epoch,
      issued: totals.issued + stake,
      principal: totals.principal + value,
      nextLock: id + 1,
    };
    draft.putLock(sender, id, {
      amount: value,
      curve: totals.curve,
      start,
      end,
      paid: 0n,
      parts: [{ since: start, stake }],
    });
    return ok(draft.ops(), [
      event('locked', Made, { account: sender, lock: id, amount: value, stake, start, end }),
    ]);
  },
});

const extend = method<{ readonly lock: number; readonly epochs: number }>({
  description:
    'Makes a lock longer: so many epochs in all, counted from its start, by the curve of its making.',
  codec: struct({ lock: u53, epochs: u53 }),
  weight: () => 200,
  apply: (block, view, call) =>
    onLock(view, call, ({ draft, held, sender, id }) => {
      const { epochs } = call.args;
      const curve = curveById(view, held.curve);
      if (block.epoch >= held.end) return fail('ENDED', `it ended when epoch ${held.end} began`);
      if (epochs > curve.tMax) return fail('BAD_EPOCHS', `at most ${curve.tMax} epochs`);
      const end = held.start + epochs;
      if (end <= held.end) return fail('NOT_LONGER', `it has ${held.end - held.start} epochs already`);
      const stake = stakeOf(curve, held.amount, epochs);
      const more = stake - stakeIn(held);
      const { issued } = draft.totals;
      if (issued + more > MAX_U64) return tooMuch;
      const since = block.epoch + 1;
      const merges = held.parts.at(-1)?.since === since;
      if (more > 0n && !merges && held.parts.length === MAX_PARTS)
        return fail('TOO_MANY_EXTENSIONS', `a lock is extended in at most ${MAX_PARTS - 1} epochs`);
      draft.change(held.end, row => ({ leaving: row.leaving - stakeIn(held), refs: row.refs - 1 }));
      leave(draft, end, stake);
      if (more > 0n && merges) draft.change(since, row => ({ joining: row.joining + more }));
      else if (more > 0n) join(draft, since, more);
      draft.totals = { ...draft.totals, issued: issued + more };
      draft.putLock(sender, id, { ...held, end, parts: grown(held, since, more, merges) });
      return ok(draft.ops(), [
        event('extended', Made, {
          account: sender,
          lock: id,
          amount: held.amount,
          stake,
          start: held.start,
          end,
        }),
      ]);
    }),
});

const claim = method<{ readonly lock: number }>({
  description: 'Pays the rewards of a lock that have vested.',
  codec: struct({ lock: u53 }),
  weight: () => 200,
  apply: (_block, view, call) =>
    onLock(view, call, found => {
      const { reward, over } = settle(found, found.held.amount);
      if (reward === 0n && !over) return NOTHING_DUE;
      const { draft, sender, id } = found;
      return ok(draft.ops(), [event('claimed', Paid, { account: sender, lock: id, amount: reward })]);
    }),
});

const withdraw = method<{ readonly lock: number }>({
  description: 'Gives back the money of a lock that is over, and the rewards that have vested.',
  codec: struct({ lock: u53 }),
  weight: () => 200,
  apply: (block, view, call) =>
    onLock(view, call, found => {
      const { draft, held, sender, id } = found;
      if (block.epoch < held.end) return fail('LOCKED', `it is over when epoch ${held.end} begins`);
      const { reward, over } = settle(found, 0n);
      if (reward === 0n && held.amount === 0n && !over) return NOTHING_DUE;
      draft.pay(sender, held.amount);
      draft.totals = { ...draft.totals, principal: draft.totals.principal - held.amount };
      return ok(draft.ops(), [
        event('withdrawn', Withdrawn, { account: sender, lock: id, amount: held.amount, reward }),
      ]);
    }),
});

const exit = method<{ readonly lock: number }>({
  description: 'Ends a lock early: its stake is burned, a haircut and what has not vested go to the others.',
  codec: struct({ lock: u53 }),
  weight: () => 200,
  apply: (block, view, call) =>
    onLock(view, call, found => {
      const { draft, held, sender, id, now } = found;
      if (block.epoch >= held.end) return fail('ENDED', `it ended when epoch ${held.end} began: withdraw it`);
      const { haircutBps } = curveById(view, held.curve);
      const haircut = (held.amount * BigInt(haircutBps)) / 10_000n;
      const due = vestedOf(found);
      const left = earned(held.parts, held.end, now, draft.at) - (due << FRACTION);
      const started = held.parts.filter(({ since }) => since <= now);
      for (const { since, stake } of held.parts)
        if (since > now) draft.change(since, row => ({ joining: row.joining - stake }));
      const stake = stakeIn(held);
      draft.change(held.end, row => ({ leaving: row.leaving - stake }));
      const { totals } = draft;
      draft.totals = {
        ...totals,
        active: totals.active - sumOf(started),
        principal: totals.principal - held.amount,
        pool: totals.pool + left + (haircut << FRACTION),
      };
      const reward = due - held.paid;
      draft.pay(sender, held.amount - haircut + reward);
      forget(found);
      const forfeited = left >> FRACTION;
      return ok(draft.ops(), [
        event('exited', Exited, {
          account: sender,
          lock: id,
          amount: held.amount,
          haircut,
          reward,
          forfeited,
          stake,
        }),
      ]);
    }),
});

const setCurve = method<TypeOf<typeof Curve>>({
  description: 'Sets the curve of locks that are made from now on; those that exist keep theirs.',
  codec: Curve,
  weight: () => 50,
  apply(_block, view, { sender, args, value }) {
    if (value > 0n) return VALUE_REFUSED;
    const rules = rulesOf(view);
    if (rules.governor !== sender) return fail('NOT_GOVERNOR', 'only the governor sets the curve');
    const fault = curveFault(args);
    if (fault !== undefined) return fail('BAD_CURVE', fault);
    const draft = new Draft(view, rules);
    draft.addCurve(args);
    return ok(draft.ops(), [event('curveSet', CurveSet, { ...args, curve: draft.totals.curve })]);
  },
});

export const calls = { lock, extend, claim, withdraw, exit, setCurve };

const NOTHING_DUE = fail('NOTHING_DUE', 'nothing has vested since the last time');

interface Found {
  readonly draft: Draft;
  readonly held: Lock;
  readonly sender: Account;
  readonly id: number;
  /** The epoch up to which rewards are known. */
  readonly now: number;
  readonly vestEpochs: number;
}

/** A lock belongs to who made it: nobody else finds it, and there is no way to give it away. */
function onLock<Args extends { readonly lock: number }>(
  view: View,
  { sender, args, value }: Invocation<Args>,
  work: (found: Found) => Outcome,
): Outcome {
  if (value > 0n) return VALUE_REFUSED;
  const held = lockOf(view, sender, args.lock);
  if (held === undefined) return fail('NO_SUCH_LOCK', `you have no lock ${args.lock}`);
  const rules = rulesOf(view);
  const draft = new Draft(view, rules);
  const now = draft.totals.epoch ?? 0;
  return work({ draft, held, sender, id: args.lock, now, vestEpochs: rules.vestEpochs });
}

/** Pays what has vested. A lock that then holds nothing goes, and its fraction of a unit goes back to the pool. */
function settle(found: Found, amount: bigint): { readonly reward: bigint; readonly over: boolean } {
  const { draft, held, sender, id, now, vestEpochs } = found;
  const due = vestedOf(found);
  const reward = due - held.paid;
  draft.pay(sender, reward);
  if (amount > 0n || now < held.end + vestEpochs) {
    draft.putLock(sender, id, { ...held, amount, paid: due });
    return { reward, over: false };
  }
  const fraction = earned(held.parts, held.end, now, draft.at) - (due << FRACTION);
  draft.totals = { ...draft.totals, pool: draft.totals.pool + fraction };
  forget(found);
  return { reward, over: true };
}

function forget({ draft, held, sender, id }: Found): void {
  for (const epoch of [...held.parts.map(({ since }) => since), held.end])
    draft.change(epoch, ({ refs }) => ({ refs: refs - 1 }));
  draft.totals = { ...draft.totals, issued: draft.totals.issued - stakeIn(held) };
  draft.deleteLock(sender, id);
}

const vestedOf = ({ draft, held, now, vestEpochs }: Found): bigint =>
  vested(held.parts, held.end, now, vestEpochs, draft.at);

const join = (draft: Draft, epoch: number, stake: bigint): void =>
  draft.change(epoch, ({ joining, refs }) => ({ joining: joining + stake, refs: refs + 1 }));
const leave = (draft: Draft, epoch: number, stake: bigint): void =>
  draft.change(epoch, ({ leaving, refs }) => ({ leaving: leaving + stake, refs: refs + 1 }));

/** The parts of a lock with more stake from an epoch on. */
function grown({ parts }: Lock, since: number, more: bigint, merges: boolean): Lock['parts'] {
  if (more === 0n) return parts;
  if (!merges) return [...parts, { since, stake: more }];
  return parts.map(part => (part.since === since ? { since, stake: part.stake + more } : part));
}

const sumOf = (parts: Lock['parts']): bigint => parts.reduce((sum, { stake }) => sum + stake, 0n);
export const stakeIn = ({ parts }: Lock): bigint => sumOf(parts);

function curveById(view: View, id: number): Curve {
  const curve = curveOf(view, id);
  if (curve === undefined) throw new TypeError(`there is no curve ${id}`);
  return curve;
}
