/** The calls of one client to one server in one epoch: signed, reported, in a block, settled. */
import type { ComponentChildren } from 'preact';
import { askedFor, type SignedRow } from '../claims.ts';
import { plural, tokens } from '../format.ts';
import { epoch as current, pulse } from '../live.ts';
import { names } from '../names.ts';
import { Account } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { StatusWords } from '../parts/Status.tsx';
import { Table } from '../parts/Table.tsx';
import { BlockLink, Foreign, Json, Time, TransactionLink } from '../parts/texts.tsx';
import { askForPair, debitOf, type Told } from '../receipts.ts';
import { earnedLink, type Pair, receiptsLink, settlementLink } from '../route.ts';
import { useAnswer } from '../useAnswer.ts';

interface ReceiptProps {
  readonly consensus: number;
  /** Of the calls. */
  readonly epoch: number;
  readonly pair: Pair;
}

const nameOf = (address: string): string => names.value.get(address) ?? 'account';

export function Receipt({ consensus, epoch, pair }: ReceiptProps) {
  const { server, client } = pair;
  const answer = useAnswer(
    () => askForPair(consensus, epoch, pair),
    [consensus, epoch, server, client, pulse.value],
  );
  return (
    <article>
      <header class="title-row">
        <h1>
          <Foreign text={nameOf(client)} /> calls <Foreign text={nameOf(server)} />
        </h1>
        <nav aria-label="Around">
          <a href={receiptsLink(consensus, epoch)}>all of epoch {epoch}</a>
        </nav>
      </header>
      <p class="quiet">
        <Account address={client} /> pays <Account address={server} /> for calls of epoch {epoch}.
      </p>
      <Asked answer={answer}>
        {told =>
          told.length === 0 ? (
            <NotClaimed epoch={epoch} client={client} />
          ) : (
            told.map((one, index) => (
              <Claim
                key={index}
                consensus={consensus}
                pair={pair}
                number={index + 1}
                of={told.length}
                told={one}
              />
            ))
          )
        }
      </Asked>
    </article>
  );
}

function NotClaimed({ epoch, client }: { readonly epoch: number; readonly client: string }) {
  const isOpen = epoch >= (current.value?.epoch ?? 0);
  const who = names.value.get(client) ?? client;
  return (
    <p>
      {isOpen
        ? 'The epoch still runs, and servers claim when it is over.'
        : 'The chain has heard of no calls of theirs in this epoch.'}{' '}
      What was signed lies with the two:{' '}
      <code>
        devnet receipts list {who} --epoch {epoch}
      </code>
    </p>
  );
}

interface ClaimProps {
  readonly consensus: number;
  readonly pair: Pair;
  readonly number: number;
  readonly of: number;
  readonly told: Told;
}

/** The way of what one claim was about. */
function Claim({ consensus, pair, number, of, told }: ClaimProps) {
  const { row, settlement, transaction, time, signed } = told;
  const { epoch: closing, done, closedIn } = settlement;
  const debit = debitOf(settlement, pair);
  return (
    <section aria-label={`Claim ${number}`}>
      {of > 1 && (
        <h2>
          Claim {number} of {of}
        </h2>
      )}
      <ol class="way-of" data-test={`claim-${number}`}>
        <Stage name="Signed" done>
          {signed === null ? <Unread told={told} /> : <Signed signed={signed} />}
        </Stage>
        <Stage name="Reported" done>
          <p>
            <Account address={pair.server} /> claimed it{' '}
            {transaction !== null && (
              <>
                with transaction <TransactionLink hash={transaction.hash} />
              </>
            )}
            . The chain judged: <StatusWords status={row.status} />.
          </p>
          <p>
            {plural(row.calls, 'call')} accepted, {tokens(row.amount)} tokens
            {signed === null ? '' : ` of ${tokens(askedFor(signed))} asked for`}.
          </p>
        </Stage>
        <Stage name="In a block" done>
          <p>
            Block <BlockLink height={row.height} />, <Time ms={time} />, in epoch {closing}.
          </p>
        </Stage>
        <Stage name="Settled" done={done}>
          {done ? (
            <p>
              The <a href={settlementLink(consensus, closing)}>settlement of epoch {closing}</a> took{' '}
              {tokens(debit)} tokens out of the reserve, {closedIn.length > 1 ? 'in blocks ' : 'in block '}
              {closedIn.map((height, index) => (
                <span key={height}>
                  {index > 0 && ', '}
                  <BlockLink height={height} />
                </span>
              ))}
              {debit === row.amount ? '.' : '; all claims of the pair in that epoch together.'}{' '}
              <a href={earnedLink(consensus, closing, pair.server)}>Who earned it, and why</a>
            </p>
          ) : (
            <p class="quiet">It will be when epoch {closing} closes.</p>
          )}
        </Stage>
      </ol>
    </section>
  );
}

interface StageProps {
  readonly name: string;
  readonly done: boolean;
  readonly children: ComponentChildren;
}

const Stage = ({ name, done, children }: StageProps) => (
  <li class={done ? 'done' : 'to-come'}>
    <h3>
      {name} <span class="quiet">{done ? '' : 'not yet'}</span>
    </h3>
    {children}
  </li>
);

/** A mechanism that is no consensus-0 has evidence of its own. */
function Unread({ told: { transaction } }: { readonly told: Told }) {
  const call = transaction?.call;
  return call?.kind === 'call' ? (
    <Json value={call.args} />
  ) : (
    <p class="quiet">The mechanism does not say what was signed.</p>
  );
}

function Signed({ signed: { tally, calls } }: { readonly signed: SignedRow }) {
  return (
    <>
      {tally !== null && (
        <p>
          A tally, signed together with call {tally.signedWith}: “I owe you {tokens(tally.total)} tokens for{' '}
          {plural(tally.count, 'call')} with nonces up to {tally.nonce}.” Their receipts need not go on chain.
        </p>
      )}
      <p>
        {tally === null ? 'Receipts, one by one' : 'And one by one'}; the client signed what each may cost at
        most:
      </p>
      <Table
        none="None."
        test="signed"
        rows={calls}
        keyOf={({ nonce }) => nonce}
        columns={[
          { title: 'Nonce', isNumber: true, cell: ({ nonce }) => nonce },
          { title: 'Function', cell: ({ fn }) => <Foreign text={fn} /> },
          { title: 'Signed at', cell: ({ time }) => <Time ms={time} /> },
          { title: 'At most', isNumber: true, cell: ({ maxUsage }) => tokens(maxUsage) },
          {
            title: 'Cost',
            isNumber: true,
            cell: ({ cost, nonce }) =>
              cost === 0n && nonce === tally?.signedWith ? 'for its tally only' : tokens(cost),
          },
        ]}
      />
    </>
  );
}
