/**
 * A tip jar: whoever is tipped gets it when the epoch ends, less a share that is burned.
 *
 * Same input, same outcome, on every node, for ever: no clock, no randomness, no floats, nothing remembered but in the
 * module's own storage. A method changes nothing itself; it returns what it wishes, and the chain applies that whole or not
 * at all.
 */
import {
  type Account,
  account,
  bps,
  decode,
  defineConsensusModule,
  encode,
  event,
  fail,
  fromHex,
  INTERFACE_VERSION,
  method,
  more,
  type Op,
  ok,
  query,
  struct,
  type TypeOf,
  toHex,
  u64,
} from 'devnet/consensus';

/** Set once, when the module is installed. `burned` is in 1/10,000 of each payout. */
const Params = struct({ burned: bps });
const Tip = struct({ to: account });
const Tipped = struct({ from: account, to: account, amount: u64 });
const Paid = struct({ to: account, amount: u64, burned: u64 });
const Waiting = struct({ amount: u64 });

/** Storage is an ordered map of bytes: the parameters under `p`, one row per receiver under `t` and the account. */
const PARAMS = Uint8Array.of(0x70);
const TIPS = Uint8Array.of(0x74);
const tipKey = (to: Account): Uint8Array => Uint8Array.of(...TIPS, ...fromHex(to));
const receiverOf = (key: Uint8Array): Account => toHex(key.subarray(TIPS.length));

/** A block must not grow with the number of receivers; the rest is paid in the next one. */
const PAID_PER_BLOCK = 200;

const tip = method<TypeOf<typeof Tip>>({
  description: 'Tips somebody with the attached money.',
  codec: Tip,
  // Charged before the method runs. One unit is about a microsecond.
  weight: () => 50,
  apply(_block, view, { sender, args: { to }, value }) {
    if (value === 0n) return fail('NO_VALUE', 'attach the money that is the tip');
    const key = tipKey(to);
    const row = view.get(key);
    const amount = value + (row === undefined ? 0n : decode(u64, row));
    return ok(
      [{ op: 'put', key, value: encode(u64, amount) }],
      [event('tipped', Tipped, { from: sender, to, amount: value })],
    );
  },
});

const waiting = query<TypeOf<typeof Tip>, TypeOf<typeof Waiting>>({
  description: 'What somebody gets when this epoch ends, before the share that is burned.',
  codec: Tip,
  result: Waiting,
  run(view, { to }) {
    const row = view.get(tipKey(to));
    return { amount: row === undefined ? 0n : decode(u64, row) };
  },
});

export default defineConsensusModule<TypeOf<typeof Params>>({
  info: {
    name: 'tip-jar',
    version: '0.1.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: [],
  },
  params: Params,
  genesis: params => ok([{ op: 'put', key: PARAMS, value: encode(Params, params) }]),
  calls: { tip },
  events: { tipped: Tipped, paid: Paid },
  queries: { waiting },
  closeEpoch(_block, view) {
    const { burned: share } = decode(Params, view.get(PARAMS) ?? new Uint8Array());
    const rows = view.scan(TIPS, { limit: PAID_PER_BLOCK + 1 });
    const now = rows.slice(0, PAID_PER_BLOCK);
    const payouts = now.map(([key, value]) => payout(receiverOf(key), decode(u64, value), share));
    const ops = payouts.flatMap(({ ops }) => ops);
    const events = payouts.map(({ paid }) => event('paid', Paid, paid));
    return rows.length > now.length ? more(ops, events) : ok(ops, events);
  },
});

/** Amounts are whole base units, so the share is rounded down; what is neither burned nor kept is paid. */
function payout(to: Account, tips: bigint, share: number): { ops: Op[]; paid: TypeOf<typeof Paid> } {
  const burned = (tips * BigInt(share)) / 10_000n;
  const amount = tips - burned;
  const ops: Op[] = [{ op: 'delete', key: tipKey(to) }];
  // An amount of zero is no wish.
  if (burned > 0n) ops.push({ op: 'burn', amount: burned });
  if (amount > 0n)
    ops.push({ op: 'transfer', from: { kind: 'pot' }, to: { kind: 'account', account: to }, amount });
  return { ops, paid: { to, amount, burned } };
}
