/**
 * Stake-time tokens, slowly: every lock keeps the reward of every epoch by itself, and closing an epoch visits all
 * locks. Money is an exact multiple of 1 / (2^64 x V), so nothing here is ever rounded but what is paid.
 */

import type { Account } from '../../../consensus/interface/index.ts';

export interface ModelCurve {
  readonly kPpm: number;
  readonly p: number;
  readonly tMax: number;
  readonly haircutBps: number;
}

interface Share {
  readonly epoch: number;
  readonly amount: bigint;
}

interface ModelLock {
  readonly owner: Account;
  readonly curve: ModelCurve;
  readonly start: number;
  /** Stake of each epoch from `start` on, as it will be; its length is the lock's. */
  stakes: bigint[];
  amount: bigint;
  paid: bigint;
  readonly shares: Share[];
}

export interface Paid {
  readonly principal: bigint;
  readonly reward: bigint;
}

const RESOLUTION = 2n ** 64n;

export class Model {
  readonly locks = new Map<number, ModelLock>();
  readonly #vest: number;
  readonly #reward: bigint;
  readonly #unit: bigint;
  #next = 1;
  #pool = 0n;
  curve: ModelCurve;
  epoch = 0;
  minted = 0n;

  constructor(curve: ModelCurve, vest: number, reward: bigint) {
    this.curve = curve;
    this.#vest = vest;
    this.#reward = reward;
    this.#unit = RESOLUTION * BigInt(vest);
  }

  static stakeOf({ kPpm, p, tMax }: ModelCurve, amount: bigint, epochs: number): bigint {
    let above = BigInt(kPpm);
    let below = 1n;
    for (let factor = 0; factor < p; factor++) {
      above *= BigInt(epochs);
      below *= BigInt(tMax);
    }
    return (amount * (above / below)) / 1_000_000n;
  }

  lock(owner: Account, amount: bigint, epochs: number): string {
    if (amount === 0n) return 'NO_VALUE';
    if (epochs === 0 || epochs > this.curve.tMax) return 'BAD_EPOCHS';
    const stake = Model.stakeOf(this.curve, amount, epochs);
    if (stake === 0n) return 'TOO_LITTLE';
    this.locks.set(this.#next++, {
      owner,
      amount,
      curve: this.curve,
      start: this.epoch + 1,
      stakes: Array.from({ length: epochs }, () => stake),
      paid: 0n,
      shares: [],
    });
    return 'ok';
  }

  extend(owner: Account, id: number, epochs: number): string {
    const lock = this.#of(owner, id);
    if (lock === undefined) return 'NO_SUCH_LOCK';
    if (this.epoch >= endOf(lock)) return 'ENDED';
    if (epochs > lock.curve.tMax) return 'BAD_EPOCHS';
    if (epochs <= lock.stakes.length) return 'NOT_LONGER';
    const stake = Model.stakeOf(lock.curve, lock.amount, epochs);
    lock.stakes = Array.from({ length: epochs }, (_, index) =>
      lock.start + index <= this.epoch ? (lock.stakes[index] ?? 0n) : stake,
    );
    return 'ok';
  }

  claim(owner: Account, id: number): Paid | string {
    const lock = this.#of(owner, id);
    if (lock === undefined) return 'NO_SUCH_LOCK';
    return this.#pay(id, lock, 0n);
  }

  withdraw(owner: Account, id: number): Paid | string {
    const lock = this.#of(owner, id);
    if (lock === undefined) return 'NO_SUCH_LOCK';
    if (this.epoch < endOf(lock)) return 'LOCKED';
    const { amount } = lock;
    lock.amount = 0n;
    return this.#pay(id, lock, amount);
  }

  exit(owner: Account, id: number): (Paid & { readonly haircut: bigint }) | string {
    const lock = this.#of(owner, id);
    if (lock === undefined) return 'NO_SUCH_LOCK';
    if (this.epoch >= endOf(lock)) return 'ENDED';
    const haircut = (lock.amount * BigInt(lock.curve.haircutBps)) / 10_000n;
    const vested = this.#vestedOf(lock) / this.#unit;
    this.#pool += totalOf(lock) - vested * this.#unit + haircut * this.#unit;
    this.locks.delete(id);
    return { principal: lock.amount - haircut, reward: vested - lock.paid, haircut };
  }

  close(): void {
    const earning = [...this.locks.values()].filter(
      ({ start, stakes }) => start <= this.epoch && this.epoch < start + stakes.length,
    );
    const stakeNow = (lock: ModelLock): bigint => lock.stakes[this.epoch - lock.start] ?? 0n;
    const stake = earning.reduce((sum, lock) => sum + stakeNow(lock), 0n);
    if (stake > 0n) {
      this.minted += this.#reward;
      this.#pool += this.#reward * this.#unit;
      // What a unit of stake gets is a multiple of 2^-64; what does not divide stays for the next epoch.
      const each = (this.#pool / BigInt(this.#vest) / stake) * BigInt(this.#vest);
      for (const lock of earning) lock.shares.push({ epoch: this.epoch, amount: each * stakeNow(lock) });
      this.#pool -= each * stake;
    }
    this.epoch++;
  }

  /** Rewards of a lock that have vested and were not paid, and those that have yet to vest, in whole base units. */
  rewards(id: number): { readonly claimable: bigint; readonly vesting: bigint } {
    const lock = this.locks.get(id);
    if (lock === undefined) return { claimable: 0n, vesting: 0n };
    const vested = this.#vestedOf(lock) / this.#unit;
    return { claimable: vested - lock.paid, vesting: totalOf(lock) / this.#unit - vested };
  }

  /** All money that it holds for somebody; exactly a whole number of base units. */
  pot(): bigint {
    let sum = this.#pool;
    for (const lock of this.locks.values()) sum += totalOf(lock) + (lock.amount - lock.paid) * this.#unit;
    if (sum % this.#unit !== 0n) throw new Error('a part of a base unit was lost');
    return sum / this.#unit;
  }

  #of(owner: Account, id: number): ModelLock | undefined {
    const lock = this.locks.get(id);
    return lock?.owner === owner ? lock : undefined;
  }

  #pay(id: number, lock: ModelLock, principal: bigint): Paid | string {
    const vested = this.#vestedOf(lock) / this.#unit;
    const reward = vested - lock.paid;
    const over = lock.amount === 0n && this.epoch >= endOf(lock) + this.#vest;
    if (reward === 0n && principal === 0n && !over) return 'NOTHING_DUE';
    lock.paid = vested;
    if (over) {
      this.#pool += totalOf(lock) - vested * this.#unit;
      this.locks.delete(id);
    }
    return { principal, reward };
  }

  #vestedOf({ shares }: ModelLock): bigint {
    let sum = 0n;
    for (const { epoch, amount } of shares) {
      const parts = Math.min(this.epoch - epoch, this.#vest);
      sum += (amount / BigInt(this.#vest)) * BigInt(parts);
    }
    return sum;
  }
}

const endOf = ({ start, stakes }: ModelLock): number => start + stakes.length;
const totalOf = ({ shares }: ModelLock): bigint => shares.reduce((sum, { amount }) => sum + amount, 0n);
