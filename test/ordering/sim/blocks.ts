/**
 * What validators agree on, as far as the simulator needs to know: who makes a block, who finds it wrong, and who
 * votes after it. Two kinds stand behind it: `paperBlocks`, and blocks of the real state machine, `kernelBlocks`.
 */
import type { Commit, ValidatorSet } from '../../../chain/index.ts';
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import type { Value } from '../../../node/ordering/tendermint/types.ts';
import type { Random } from './choices.ts';

/** The end of a chain. Values, so that all nodes with the same chain can share one. */
export interface Tip {
  readonly height: number;
  readonly hash: Hex;
  /** Who voted on this block, votes on the next one, and on the one after that. */
  readonly voters: readonly [current: ValidatorSet, next: ValidatorSet, afterNext: ValidatorSet];
}

export interface Request<T extends Tip = Tip> {
  readonly tip: T;
  readonly proposer: Account;
  /** The certificate of the tip; null before the first block. */
  readonly lastCommit: Commit | null;
  /** A block that must not be accepted: what is wrong with it is for the maker to choose. */
  readonly wrong: boolean;
  /** Whether the code of all mechanisms of the maker is deterministic. */
  readonly deterministic: boolean;
}

export interface Blocks<T extends Tip = Tip> {
  readonly genesis: T;
  propose(request: Request<T>): Value;
  /** Executes a block on top of a tip. null: it is right; else the reason by name, as the real application gives it. */
  judge(tip: T, value: Value, deterministic: boolean): string | null;
  /** The chain with a block that was decided. */
  apply(tip: T, value: Value): T;
}

/** Which sets of validators may ever vote, given who is faulty in this schedule. */
export type IsBearable = (set: ValidatorSet) => boolean;

export const accountNumber = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`;

interface Sheet {
  readonly parent: Hex;
  readonly wrong: boolean;
  /** Who votes from two heights later on; null for no change. */
  readonly elects: ValidatorSet | null;
}

/** Blocks that are nothing but a number, a parent, and now and then other validators. */
export function paperBlocks(
  random: Random,
  initial: ValidatorSet,
  elections: readonly ValidatorSet[],
): Blocks {
  const sheets = new Map<Hex, Sheet>();
  const bytes = new Uint8Array(1);
  return {
    genesis: { height: 0, hash: accountNumber(0), voters: [initial, initial, initial] },
    propose({ tip, wrong }) {
      const hash = accountNumber(sheets.size + 1);
      const elects = random.chance(0.15) ? (random.pick(elections) ?? null) : null;
      sheets.set(hash, { parent: tip.hash, wrong, elects });
      return { hash, bytes };
    },
    judge(tip, { hash }) {
      const sheet = sheets.get(hash);
      if (sheet === undefined) return 'UNKNOWN_BLOCK';
      if (sheet.parent !== tip.hash) return 'WRONG_PARENT';
      return sheet.wrong ? 'WRONG_STATE_ROOT' : null;
    },
    apply({ height, voters: [, next, afterNext] }, { hash }) {
      return { height: height + 1, hash, voters: [next, afterNext, sheets.get(hash)?.elects ?? afterNext] };
    },
  };
}
