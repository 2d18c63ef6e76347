/** What clients have reserved for this server under each consensus module, as of the last look at the chain. */
import { toAddress } from '../../chain/index.ts';
import type { Account, Amount } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';

/** A client's reserve here. Those under two consensus modules are two. */
export interface Escrow {
  readonly client: Account;
  readonly consensus: number;
}

export const escrowName = ({ client, consensus }: Escrow): string => `${consensus}:${client}`;

export interface Reserves {
  /**
   * Promised to this server in base units, without what thaws. At least as fresh as the last {@link forget}; thawing
   * takes longer than that (spec section 3), so what was promised then can still be claimed.
   */
  of(escrow: Escrow): Promise<Amount>;
  /** The same without waiting; undefined if nobody has looked since the last {@link forget}. */
  known(escrow: Escrow): Amount | undefined;
  /** Asks the chain, for a client that may just have topped up; at most every 250 ms per reserve. */
  refresh(escrow: Escrow): Promise<Amount>;
  /** At each epoch and settlement. */
  forget(): void;
}

interface Look {
  readonly asked: number;
  readonly answer: Promise<Amount>;
  /** The last answer, while a newer one may be on the way. */
  amount: Amount | undefined;
}

const REFRESH_MS = 250;
const MAX_LOOKS = 100_000;

export function followReserves(chain: Chain, server: string): Reserves {
  let looks = new Map<string, Look>();

  function ask(escrow: Escrow): Promise<Amount> {
    const table = looks;
    const name = escrowName(escrow);
    const { client, consensus } = escrow;
    const answer = chain.getEscrow({ client: toAddress(client), server, consensus }).then(({ amount }) => {
      // An answer from before a settlement would count the same money twice.
      if (looks !== table) return of(escrow);
      look.amount = amount;
      return amount;
    });
    const look: Look = { asked: Date.now(), answer, amount: table.get(name)?.amount };
    answer.catch(() => table.delete(name));
    if (table.size >= MAX_LOOKS) table.clear();
    table.set(name, look);
    return answer;
  }

  const of = (escrow: Escrow): Promise<Amount> => looks.get(escrowName(escrow))?.answer ?? ask(escrow);

  return {
    of,
    known: escrow => looks.get(escrowName(escrow))?.amount,
    refresh(escrow) {
      const look = looks.get(escrowName(escrow));
      return look !== undefined && Date.now() - look.asked < REFRESH_MS ? look.answer : ask(escrow);
    },
    forget() {
      looks = new Map();
    },
  };
}
