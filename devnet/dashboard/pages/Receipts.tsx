/** Who called whom in an epoch, and how far the receipts of each pair are. */
import { getCurrentEpoch } from '../../../node/client/actions/getCurrentEpoch.ts';
import { listEscrow } from '../../../node/client/actions/listEscrow.ts';
import type { EscrowInfo } from '../../../node/client/results.ts';
import { plural, tokens } from '../format.ts';
import { epoch as current, pulse } from '../live.ts';
import { Account } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Mechanisms } from '../parts/Mechanisms.tsx';
import { Neighbours } from '../parts/Neighbours.tsx';
import { Status } from '../parts/Status.tsx';
import { Table } from '../parts/Table.tsx';
import { BlockLink } from '../parts/texts.tsx';
import { askForClaims, type Reported } from '../receipts.ts';
import { receiptLink, receiptsLink, settlementLink } from '../route.ts';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

interface ReceiptsProps {
  readonly consensus: number;
  /** null for the last epoch that is over. */
  readonly epoch: number | null;
}

export function Receipts({ consensus, epoch }: ReceiptsProps) {
  const running = current.value?.epoch;
  if (running === undefined) return <p class="quiet">Asking …</p>;
  const shown = epoch ?? Math.max(0, running - 1);
  return (
    <article>
      <header class="title-row">
        <h1>Receipts of epoch {shown}</h1>
        <Mechanisms consensus={consensus} linkTo={id => receiptsLink(id, shown)} />
        <Neighbours
          at={shown}
          last={running}
          linkTo={each => receiptsLink(consensus, each)}
          latest={epoch === null ? null : receiptsLink(consensus, null)}
        />
      </header>
      {shown >= running ? <Open consensus={consensus} /> : <Over consensus={consensus} epoch={shown} />}
    </article>
  );
}

/** Of the epoch that runs the chain knows only who can sign: receipts are between two. */
function Open({ consensus }: { readonly consensus: number }) {
  const answer = useAnswer(() => listEscrow(gateway), [pulse.value]);
  return (
    <>
      <p>
        This epoch still runs. Its receipts lie with their clients and servers, who signed them; servers claim
        them when it is over. <code>devnet receipts list alice</code> shows those of a client.
      </p>
      <section class="card">
        <h2>Who can sign what</h2>
        <Asked answer={answer}>
          {found => <Reserves rows={found.filter(each => each.consensus === consensus)} />}
        </Asked>
      </section>
    </>
  );
}

const Reserves = ({ rows }: { readonly rows: readonly EscrowInfo[] }) => (
  <Table
    test="reserves"
    none="Nobody has set tokens aside for calls."
    rows={rows}
    keyOf={({ client, server }) => `${client} ${server}`}
    columns={[
      { title: 'Client', cell: ({ client }) => <Account address={client} /> },
      { title: 'Server', cell: ({ server }) => <Account address={server} /> },
      { title: 'Reserve in tokens', isNumber: true, cell: ({ amount }) => tokens(amount) },
    ]}
  />
);

interface Claims {
  readonly claims: readonly Reported[];
  /** Claims are taken up to and with this epoch. */
  readonly until: number;
}

function Over({ consensus, epoch }: { readonly consensus: number; readonly epoch: number }) {
  const answer = useAnswer(async (): Promise<Claims> => {
    const [claims, { graceEpochs }] = await Promise.all([
      askForClaims(consensus, epoch),
      getCurrentEpoch(gateway),
    ]);
    return { claims, until: epoch + graceEpochs };
  }, [consensus, epoch, pulse.value]);
  return (
    <Asked answer={answer}>
      {({ claims, until }) => (
        <>
          <p class="quiet">
            {until >= (current.value?.epoch ?? 0)
              ? `Servers can claim calls of this epoch until the end of epoch ${until}.`
              : `Claims were taken until the end of epoch ${until}. What nobody claimed stayed the client's.`}
          </p>
          <div class="card">
            <Pairs consensus={consensus} epoch={epoch} claims={claims} />
          </div>
        </>
      )}
    </Asked>
  );
}

interface PairsProps {
  readonly consensus: number;
  readonly epoch: number;
  readonly claims: readonly Reported[];
}

const Pairs = ({ consensus, epoch, claims }: PairsProps) => (
  <Table
    test="receipts"
    none="Nothing was claimed for calls of this epoch."
    rows={claims}
    keyOf={({ row }) => `${row.client} ${row.server} ${row.height} ${row.calls} ${row.status}`}
    columns={[
      { title: 'Client', cell: ({ row }) => <Account address={row.client} /> },
      { title: 'Server', cell: ({ row }) => <Account address={row.server} /> },
      {
        title: 'Receipts',
        cell: ({ row }) => <a href={receiptLink(consensus, epoch, row)}>{plural(row.calls, 'call')}</a>,
      },
      { title: 'Tokens', isNumber: true, cell: ({ row }) => tokens(row.amount) },
      { title: 'Claim', cell: ({ row }) => <Status status={row.status} /> },
      { title: 'In block', isNumber: true, cell: ({ row }) => <BlockLink height={row.height} /> },
      {
        title: 'Settled',
        cell: ({ settlement: { done, epoch: closing } }) =>
          done ? (
            <a href={settlementLink(consensus, closing)}>with epoch {closing}</a>
          ) : (
            <span class="quiet">when epoch {closing} closes</span>
          ),
      },
    ]}
  />
);
