import {
  type Account,
  account,
  decode,
  list,
  optional,
  query,
  struct,
  type TypeOf,
  u32,
  u53,
  u64,
  type View,
} from 'devnet/consensus';
import { stakeIn } from './calls.ts';
import { multiplierPpm, stakeOf } from './curve.ts';
import { earned, FRACTION, vested } from './reward.ts';
import {
  Curve,
  curveOf,
  epochRow,
  Lock,
  lockId,
  lockKey,
  lockOf,
  locksPrefix,
  rulesOf,
  totalsOf,
} from './rows.ts';

const LOCKS_PER_PAGE = 100;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

const LockInfo = struct({
  lock: u53,
  amount: u64,
  stake: u64,
  curve: u32,
  start: u53,
  end: u53,
  /** Rewards that can be claimed now, and those that are yet to vest. */
  claimable: u64,
  vesting: u64,
});
type LockInfo = TypeOf<typeof LockInfo>;

function infoOf(view: View, id: number, held: Lock): LockInfo {
  const { amount, curve, start, end, parts, paid } = held;
  const now = totalsOf(view).epoch ?? 0;
  const at = (epoch: number) => epochRow(view, epoch);
  const due = vested(parts, end, now, rulesOf(view).vestEpochs, at);
  const all = earned(parts, end, now, at) >> FRACTION;
  return {
    lock: id,
    amount,
    stake: stakeIn(held),
    curve,
    start,
    end,
    claimable: due - paid,
    vesting: all - due,
  };
}

const lock = query<{ readonly account: Account; readonly lock: number }, LockInfo | null>({
  description: 'One lock of an account, with its rewards as of the last close.',
  codec: struct({ account, lock: u53 }),
  result: optional(LockInfo),
  run(view, { account: owner, lock: id }) {
    const held = lockOf(view, owner, id);
    return held === undefined ? null : infoOf(view, id, held);
  },
});

const locksOf = query<{ readonly account: Account; readonly after: number | null }, readonly LockInfo[]>({
  description: `Locks of an account, ascending, at most ${LOCKS_PER_PAGE} after a number.`,
  codec: struct({ account, after: optional(u53) }),
  result: list(LockInfo, LOCKS_PER_PAGE),
  run(view, { account: owner, after }) {
    const prefix = locksPrefix(owner);
    const rows = view.scan(prefix, {
      limit: LOCKS_PER_PAGE,
      ...(after === null ? {} : { after: lockKey(owner, after) }),
    });
    return rows.map(([key, row]) => infoOf(view, lockId(key), decode(Lock, row)));
  },
});

const Totals = struct({
  epoch: optional(u53),
  stake: u64,
  principal: u64,
  /** Whole base units that wait for the next close: haircuts, forfeited rewards, remainders. */
  pool: u64,
  rewardPerEpoch: u64,
  vestEpochs: u32,
  curve: u32,
});

const totals = query<Record<never, never>, TypeOf<typeof Totals>>({
  description: 'Stake that earns, locked money, and the rules.',
  codec: struct({}),
  result: Totals,
  run(view) {
    const { epoch, active, principal, pool, curve } = totalsOf(view);
    const { rewardPerEpoch, vestEpochs } = rulesOf(view);
    return { epoch, stake: active, principal, pool: pool >> FRACTION, rewardPerEpoch, vestEpochs, curve };
  },
});

const curve = query<{ readonly curve: number | null }, Curve | null>({
  description: 'A curve by number; without one that of new locks.',
  codec: struct({ curve: optional(u32) }),
  result: optional(Curve),
  run: (view, { curve: id }) => curveOf(view, id ?? totalsOf(view).curve) ?? null,
});

const Projection = struct({ multiplierPpm: u64, stake: u64, perEpoch: u64, start: u53, end: u53 });

const projected = query<
  { readonly amount: bigint; readonly epochs: number },
  TypeOf<typeof Projection> | null
>({
  description:
    'What a lock made now would count and earn per epoch if nobody else came or went; nothing if it would be refused.',
  codec: struct({ amount: u64, epochs: u53 }),
  result: optional(Projection),
  run(view, { amount, epochs }, block) {
    const { curve: id, active, issued } = totalsOf(view);
    const current = curveOf(view, id);
    if (current === undefined || epochs === 0 || epochs > current.tMax) return null;
    const stake = stakeOf(current, amount, epochs);
    if (stake === 0n || issued + stake > MAX_U64) return null;
    const start = block.epoch + 1;
    const { joining, leaving } = epochRow(view, start);
    const perEpoch = (rulesOf(view).rewardPerEpoch * stake) / (active + joining - leaving + stake);
    return { multiplierPpm: multiplierPpm(current, epochs), stake, perEpoch, start, end: start + epochs };
  },
});

export const queries = { lock, locksOf, totals, curve, projected };
