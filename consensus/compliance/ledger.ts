import type { Account, Amount, Ledger, Op, Reserve } from '../interface/index.ts';
import { ComplianceError } from './error.ts';
import type { World } from './world.ts';

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

interface Money {
  readonly free: Map<Account, Amount>;
  readonly reserves: Map<string, { amount: Amount; thawing: Amount }>;
  pot: Amount;
  minted: Amount;
  burned: Amount;
}

/** All money of the small world. A batch of operations is applied whole or refused with what rule it breaks. */
export class Books {
  #money: Money;
  #mintedThisEpoch = 0n;
  readonly #mintCap: Amount;

  constructor(world: World) {
    this.#mintCap = world.mintCap ?? 0n;
    this.#money = {
      free: new Map((world.balances ?? []).map(({ account, amount }) => [account, amount])),
      reserves: new Map(
        (world.reserves ?? []).map(({ client, server, amount, thawing }) => [
          pair(client, server),
          { amount, thawing: thawing ?? 0n },
        ]),
      ),
      pot: 0n,
      minted: 0n,
      burned: 0n,
    };
  }

  free = (account: Account): Amount => this.#money.free.get(account) ?? 0n;
  pot = (): Amount => this.#money.pot;

  reserve(client: Account, server: Account): Reserve | undefined {
    const found = this.#money.reserves.get(pair(client, server));
    return found === undefined
      ? undefined
      : { ...found, thawEpoch: found.thawing > 0n ? Number.MAX_SAFE_INTEGER : 0 };
  }

  /** Everything that exists. */
  total(): Amount {
    let sum = this.#money.pot;
    for (const amount of this.#money.free.values()) sum += amount;
    for (const { amount, thawing } of this.#money.reserves.values()) sum += amount + thawing;
    return sum;
  }

  /** New money less destroyed money. */
  emission = (): Amount => this.#money.minted - this.#money.burned;

  /** What everyone holds, as a text that is equal for equal holdings. */
  text(): string {
    const free = [...this.#money.free].filter(([, amount]) => amount > 0n);
    const reserves = [...this.#money.reserves].map(
      ([name, held]) => [name, held.amount + held.thawing] as const,
    );
    const lines = [...free, ...reserves].map(([name, amount]) => `${name} ${amount}`).sort();
    return [...lines, `pot ${this.#money.pot}`].join('\n');
  }

  newEpoch(): void {
    this.#mintedThisEpoch = 0n;
  }

  /** Moves an attached value; the sender must have it. */
  attach(sender: Account, value: Amount): void {
    this.#change(money => {
      this.#take(money, { kind: 'account', account: sender }, value);
      money.pot += value;
    });
  }

  detach(sender: Account, value: Amount): void {
    this.#change(money => {
      money.pot -= value;
      this.#give(money, { kind: 'account', account: sender }, value);
    });
  }

  /** Throws {@link ComplianceError} and changes nothing if one operation is not allowed or not covered. */
  apply(ops: readonly Op[], allowed: ReadonlySet<string>): void {
    this.#change(money => {
      for (const op of ops) this.#applyOne(money, op, allowed);
    });
  }

  #applyOne(money: Money, op: Op, allowed: ReadonlySet<string>): void {
    if (op.op === 'transfer') {
      if (op.from.kind === 'account') throw notAllowed('a transfer takes from an account');
      if ((op.from.kind === 'reserve' || op.to.kind === 'reserve') && !allowed.has('move_reserves'))
        throw notAllowed('a transfer moves a reserve without the capability move_reserves');
      this.#take(money, op.from, op.amount);
      this.#give(money, op.to, op.amount);
    } else if (op.op === 'mint') {
      if (!allowed.has('mint')) throw notAllowed('new money without the capability mint');
      this.#mintedThisEpoch += op.amount;
      if (this.#mintedThisEpoch > this.#mintCap)
        throw notAllowed(`over the cap of ${this.#mintCap} in one epoch`);
      money.pot += op.amount;
      money.minted += op.amount;
    } else if (op.op === 'burn') {
      this.#take(money, { kind: 'pot' }, op.amount);
      money.burned += op.amount;
    }
  }

  #take(money: Money, from: Ledger, amount: Amount): void {
    const held = from.kind === 'pot' ? money.pot : this.#held(money, from);
    if (held < amount)
      throw new ComplianceError('NOT_CONSERVED', `${amount} taken where ${held} is (${from.kind})`);
    if (from.kind === 'pot') money.pot -= amount;
    else if (from.kind === 'account') money.free.set(from.account, held - amount);
    else {
      const reserve = money.reserves.get(pair(from.client, from.server)) ?? { amount: 0n, thawing: 0n };
      const fromThawing = amount < reserve.thawing ? amount : reserve.thawing;
      const rest = {
        amount: reserve.amount - (amount - fromThawing),
        thawing: reserve.thawing - fromThawing,
      };
      money.reserves.set(pair(from.client, from.server), rest);
    }
  }

  #give(money: Money, to: Ledger, amount: Amount): void {
    if (to.kind === 'pot') money.pot += amount;
    else if (to.kind === 'account') money.free.set(to.account, this.#held(money, to) + amount);
    else {
      const reserve = money.reserves.get(pair(to.client, to.server)) ?? { amount: 0n, thawing: 0n };
      money.reserves.set(pair(to.client, to.server), { ...reserve, amount: reserve.amount + amount });
    }
    const held = to.kind === 'pot' ? money.pot : this.#held(money, to);
    if (held > MAX_U64) throw new ComplianceError('NOT_CONSERVED', `${held} does not fit u64`);
  }

  #held(money: Money, ledger: Exclude<Ledger, { kind: 'pot' }>): Amount {
    if (ledger.kind === 'account') return money.free.get(ledger.account) ?? 0n;
    const reserve = money.reserves.get(pair(ledger.client, ledger.server));
    return reserve === undefined ? 0n : reserve.amount + reserve.thawing;
  }

  #change(work: (money: Money) => void): void {
    const copy: Money = {
      ...this.#money,
      free: new Map(this.#money.free),
      reserves: new Map(this.#money.reserves),
    };
    const minted = this.#mintedThisEpoch;
    try {
      work(copy);
    } catch (error) {
      this.#mintedThisEpoch = minted;
      throw error;
    }
    this.#money = copy;
  }
}

const pair = (client: Account, server: Account): string => `${client} ${server}`;
const notAllowed = (message: string): ComplianceError => new ComplianceError('NOT_ALLOWED', message);
