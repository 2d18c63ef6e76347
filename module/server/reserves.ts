/** What clients have reserved for this server, as of the last look at the chain. */
import { toAddress } from '../../chain/index.ts';
import type { Account, Amount } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';

export interface Reserves {
  /**
   * Promised to this server in base units, without what thaws. At least as fresh as the last {@link forget}; thawing
   * takes longer than that (spec section 3), so what was promised then can still be claimed.
   */
  of(client: Account): Promise<Amount>;
  /** The same without waiting; undefined if nobody has looked since the last {@link forget}. */
  known(client: Account): Amount | undefined;
  /** Asks the chain, for a client that may just have topped up; at most every 250 ms per client. */
  refresh(client: Account): Promise<Amount>;
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
const MAX_CLIENTS = 100_000;

export function followReserves(chain: Chain, server: string, consensus: number): Reserves {
  let looks = new Map<Account, Look>();

  function ask(client: Account): Promise<Amount> {
    const table = looks;
    const answer = chain.getEscrow({ client: toAddress(client), server, consensus }).then(({ amount }) => {
      // An answer from before a settlement would count the same money twice.
      if (looks !== table) return of(client);
      look.amount = amount;
      return amount;
    });
    const look: Look = { asked: Date.now(), answer, amount: table.get(client)?.amount };
    answer.catch(() => table.delete(client));
    if (table.size >= MAX_CLIENTS) table.clear();
    table.set(client, look);
    return answer;
  }

  const of = (client: Account): Promise<Amount> => looks.get(client)?.answer ?? ask(client);

  return {
    of,
    known: client => looks.get(client)?.amount,
    refresh(client) {
      const look = looks.get(client);
      return look !== undefined && Date.now() - look.asked < REFRESH_MS ? look.answer : ask(client);
    },
    forget() {
      looks = new Map();
    },
  };
}
