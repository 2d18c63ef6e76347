/** The way to what somebody has the number, the hash or the name of. */
import type { RefObject } from 'preact';
import type { Hex } from '../../../consensus/interface/index.ts';
import { getTransaction } from '../../../node/client/actions/getTransaction.ts';
import { problemOf, said } from '../acting.ts';
import { goTo } from '../location.ts';
import { names } from '../names.ts';
import { accountLink, blockLink, parseSearch, type Sought, transactionLink } from '../route.ts';
import { gateway } from '../transport.ts';

export const Search = ({ input }: { readonly input: RefObject<HTMLInputElement | null> }) => (
  <search class="search">
    <form
      onSubmit={event => {
        event.preventDefault();
        if (input.current !== null) find(input.current);
      }}
    >
      <input
        ref={input}
        type="search"
        placeholder="Height, hash, name …  ( / )"
        aria-label="Search"
        spellcheck={false}
      />
    </form>
  </search>
);

function find(input: HTMLInputElement): void {
  const sought = parseSearch(input.value, names.value);
  if (sought === null) {
    said.value = {
      ok: false,
      text: 'Search for a height, the hash of a block or a transaction, an address, or a name that is known here',
      hint: '',
    };
    return;
  }
  linkTo(sought).then(
    link => {
      input.value = '';
      input.blur();
      goTo(link);
    },
    error => {
      said.value = problemOf(error);
    },
  );
}

/** Whether a hash is that of a transaction, the chain knows. */
async function linkTo(sought: Sought): Promise<string> {
  if ('height' in sought) return blockLink(sought.height);
  if ('address' in sought) return accountLink(sought.address);
  const { hash } = sought;
  const { status } = await getTransaction(gateway, { hash: hash as Hex });
  return status === 'unknown' ? blockLink(hash) : transactionLink(hash);
}
