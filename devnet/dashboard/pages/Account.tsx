/** One account: what it has, where that is bound, and what it is. */
import { getAccount } from '../../../node/client/actions/getAccount.ts';
import { getStake } from '../../../node/client/actions/getStake.ts';
import { listEscrow } from '../../../node/client/actions/listEscrow.ts';
import type { AccountInfo, EscrowInfo, StakeInfo } from '../../../node/client/results.ts';
import { tokens } from '../format.ts';
import { epoch, pulse } from '../live.ts';
import { modules, names } from '../names.ts';
import { Module, Account as Named } from '../parts/Account.tsx';
import { AccountDeeds } from '../parts/AccountDeeds.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Table } from '../parts/Table.tsx';
import { Facts, Foreign } from '../parts/texts.tsx';
import { earnedLink, receiptLink } from '../route.ts';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

interface Holdings {
  readonly account: AccountInfo;
  readonly stake: StakeInfo;
  /** As a client, and as a server. */
  readonly pays: readonly EscrowInfo[];
  readonly isPaid: readonly EscrowInfo[];
}

async function askFor(address: string): Promise<Holdings> {
  const [account, stake, pays, isPaid] = await Promise.all([
    getAccount(gateway, { address }),
    getStake(gateway, { address }),
    listEscrow(gateway, { client: address }),
    listEscrow(gateway, { server: address }),
  ]);
  return { account, stake, pays, isPaid };
}

export function Account({ address }: { readonly address: string }) {
  const answer = useAnswer(() => askFor(address), [address, pulse.value]);
  return (
    <article>
      <h1>
        <Foreign text={names.value.get(address) ?? 'Account'} />
      </h1>
      <Asked answer={answer}>{holdings => <Found holdings={holdings} />}</Asked>
    </article>
  );
}

function Found({ holdings: { account, stake, pays, isPaid } }: { readonly holdings: Holdings }) {
  const { address, free, staked, thawing, reserved, nonce, nextNonce } = account;
  const own = modules.value.find(module => module.address === address);
  return (
    <>
      <Facts
        facts={[
          { name: 'Address', value: <code class="long">{address}</code> },
          { name: 'Free', value: `${tokens(free)} tokens` },
          { name: 'Staked', value: `${tokens(staked)} tokens` },
          { name: 'Thawing', value: `${tokens(thawing)} tokens of stake` },
          { name: 'Reserved', value: `${tokens(reserved)} tokens in escrow` },
          {
            name: 'Transactions',
            value: nextNonce === nonce ? nonce : `${nonce}, and ${nextNonce - nonce} on their way`,
          },
          ...(own === undefined
            ? []
            : [
                { name: 'Module', value: <Module id={own.id} /> },
                { name: 'Earned', value: <Earned address={address} consensus={own.consensus} /> },
              ]),
        ]}
      />
      <h2>Stake</h2>
      <Table
        none="Nothing is staked."
        rows={stake.stakes}
        keyOf={({ target }) => JSON.stringify(target)}
        columns={[
          {
            title: 'On',
            cell: ({ target }) =>
              target.kind === 'module' ? <Module id={target.module} /> : <Named address={target.validator} />,
          },
          { title: 'Amount', isNumber: true, cell: ({ amount }) => tokens(amount) },
          {
            title: 'Thawing',
            isNumber: true,
            cell: each =>
              each.thawing.map(({ amount, epoch }) => `${tokens(amount)} until epoch ${epoch}`).join(', '),
          },
        ]}
      />
      <h2>Escrow that it holds to pay with</h2>
      <Escrows rows={pays} side="server" none="It holds none." />
      <h2>Escrow that pays it</h2>
      <Escrows rows={isPaid} side="client" none="There is none." />
      <AccountDeeds key={address} address={address} />
    </>
  );
}

/** The last settlement that is over. */
function Earned({ address, consensus }: { readonly address: string; readonly consensus: number }) {
  const last = (epoch.value?.epoch ?? 0) - 1;
  return last < 0 ? (
    <span class="quiet">nothing is settled yet</span>
  ) : (
    <a href={earnedLink(consensus, last, address)}>in the settlement of epoch {last}, and why</a>
  );
}

interface EscrowsProps {
  readonly rows: readonly EscrowInfo[];
  readonly side: 'client' | 'server';
  readonly none: string;
}

const Escrows = ({ rows, side, none }: EscrowsProps) => (
  <Table
    none={none}
    rows={rows}
    keyOf={row => `${row[side]}${row.consensus}`}
    columns={[
      { title: side === 'server' ? 'For' : 'From', cell: row => <Named address={row[side]} /> },
      { title: 'Consensus', isNumber: true, cell: ({ consensus }) => consensus },
      {
        title: 'Receipts',
        cell: row => (
          <a href={receiptLink(row.consensus, Math.max(0, (epoch.value?.epoch ?? 0) - 1), row)}>
            of last epoch
          </a>
        ),
      },
      { title: 'Amount', isNumber: true, cell: ({ amount }) => tokens(amount) },
      {
        title: 'Thawing',
        isNumber: true,
        cell: ({ thawing, thawEpoch }) =>
          thawing === 0n ? '–' : `${tokens(thawing)} until epoch ${thawEpoch}`,
      },
    ]}
  />
);
