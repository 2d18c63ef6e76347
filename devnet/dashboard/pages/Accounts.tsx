/** The accounts that the page knows by name, with what they have. */
import { getAccount } from '../../../node/client/actions/getAccount.ts';
import type { AccountInfo } from '../../../node/client/results.ts';
import { tokens } from '../format.ts';
import { pulse } from '../live.ts';
import { modules, people, validators } from '../names.ts';
import { Account } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Table } from '../parts/Table.tsx';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

export function Accounts() {
  const addresses = [
    ...new Set([...people.value, ...modules.value, ...validators.value].map(({ address }) => address)),
  ];
  const answer = useAnswer(
    () => Promise.all(addresses.map(address => getAccount(gateway, { address }))),
    [addresses.join(), pulse.value],
  );
  return (
    <section class="card">
      <h1>Accounts</h1>
      <p class="quiet">
        In tokens. Development accounts, modules and validators; search for any other address.
      </p>
      <Asked answer={answer}>{found => <Balances accounts={found} />}</Asked>
    </section>
  );
}

const Balances = ({ accounts }: { readonly accounts: readonly AccountInfo[] }) => (
  <Table
    test="accounts"
    none="No account is known by name."
    rows={accounts}
    keyOf={({ address }) => address}
    columns={[
      { title: 'Account', cell: ({ address }) => <Account address={address} /> },
      { title: 'Free', isNumber: true, cell: ({ free }) => tokens(free) },
      { title: 'Staked', isNumber: true, cell: ({ staked }) => tokens(staked) },
      { title: 'Thawing', isNumber: true, cell: ({ thawing }) => tokens(thawing) },
      { title: 'Reserved', isNumber: true, cell: ({ reserved }) => tokens(reserved) },
      { title: 'Transactions', isNumber: true, cell: ({ nonce }) => nonce },
    ]}
  />
);
