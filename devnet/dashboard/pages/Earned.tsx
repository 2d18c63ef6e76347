/** Why an account earned what it did when an epoch was closed: from receipts to the amount, with every rounding. */
import { type Division, divisionsOf, roundingOf } from '../explain.ts';
import { tokens } from '../format.ts';
import { modules, names } from '../names.ts';
import { Account, Module } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Table } from '../parts/Table.tsx';
import { Foreign } from '../parts/texts.tsx';
import type { ClaimRow } from '../receipts.ts';
import { receiptLink, settlementLink } from '../route.ts';
import { askForSettlement, type Told } from '../settlements.ts';
import { percent } from '../trees.ts';
import { useAnswer } from '../useAnswer.ts';

interface EarnedProps {
  readonly consensus: number;
  /** The epoch whose close moved the money. */
  readonly epoch: number;
  readonly address: string;
}

export function Earned({ consensus, epoch, address }: EarnedProps) {
  const answer = useAnswer(() => askForSettlement(consensus, epoch), [consensus, epoch]);
  return (
    <article>
      <header class="title-row">
        <h1>
          Why <Foreign text={names.value.get(address) ?? 'this account'} /> earned it
        </h1>
        <nav aria-label="Around">
          <a href={settlementLink(consensus, epoch)}>settlement of epoch {epoch}</a>
        </nav>
      </header>
      <Asked answer={answer}>{told => <Found told={told} address={address} />}</Asked>
    </article>
  );
}

function Found({ told, address }: { readonly told: Told; readonly address: string }) {
  const { settlement, steps } = told;
  const credit = settlement.credits.find(({ account }) => account === address)?.amount ?? 0n;
  const id = modules.value.find(module => module.address === address)?.id;
  const divisions = divisionsOf(steps).filter(({ module }) => module === id);
  const kept = divisions.reduce((sum, each) => sum + each.kept, 0n);
  return (
    <>
      <p data-test="earned">
        When epoch {settlement.epoch} was closed, <Account address={address} /> was paid{' '}
        <b>{tokens(credit)} tokens</b>.
      </p>
      {divisions.length === 0 && (
        <p>
          {credit === 0n
            ? 'No money came its way.'
            : 'The mechanism tells of no steps between what clients paid and what accounts got.'}
        </p>
      )}
      {divisions.map(each => (
        <OneEpoch key={each.terms} division={each} told={told} address={address} />
      ))}
      {divisions.length > 0 && (
        <p data-test="earned-sum">
          {divisions.length > 1 && `Kept of all epochs together: ${tokens(kept)} tokens. `}
          {kept === credit
            ? `That is what was paid out: ${tokens(kept)} kept = ${tokens(credit)} paid out.`
            : `The chain says ${tokens(credit)}: the close still goes on.`}
        </p>
      )}
    </>
  );
}

interface OneEpochProps {
  readonly division: Division;
  readonly told: Told;
  readonly address: string;
}

function OneEpoch({ division, told: { settlement }, address }: OneEpochProps) {
  const { terms, inflow, own, parts, kept } = division;
  const rows = settlement.rows.filter(row => row.server === address && row.epoch === terms);
  const accepted = rows.reduce((sum, { amount }) => sum + amount, 0n);
  const passed = inflow - kept;
  return (
    <section class="card below">
      <h2>For calls of epoch {terms}, under the links of that epoch</h2>
      <h3>What came in</h3>
      <Income consensus={settlement.consensus} division={division} rows={rows} />
      {accepted > own && (
        <p>
          Claims of {tokens(accepted)} were accepted, and the reserves held {tokens(own)} of it when the epoch
          closed.
        </p>
      )}
      <h3>What became of it</h3>
      <p class="quiet">
        There is nothing smaller than a base unit: each share is rounded down, and the units left over go one
        each to those that lost most.
      </p>
      <Table
        none="Nothing came in."
        test="divided"
        rows={parts}
        keyOf={({ to }) => to ?? -1}
        columns={[
          { title: 'To', cell: ({ to }) => (to === null ? 'kept' : <Module id={to} />) },
          { title: 'Share', isNumber: true, cell: ({ shareBps }) => percent(shareBps) },
          { title: 'Tokens', isNumber: true, cell: ({ amount }) => tokens(amount) },
          { title: 'Rounding', cell: roundingOf },
        ]}
      />
      <p data-test="in-and-out">
        {tokens(inflow)} in = {passed === 0n ? '' : `${tokens(passed)} to its children + `}
        {tokens(kept)} kept
      </p>
    </section>
  );
}

interface IncomeProps {
  readonly consensus: number;
  readonly division: Division;
  readonly rows: readonly ClaimRow[];
}

const Income = ({ consensus, division: { terms, shares }, rows }: IncomeProps) => (
  <Table
    none="Nothing."
    test="income"
    rows={[
      ...rows
        .filter(({ amount }) => amount > 0n)
        .map((row, index) => ({
          key: `call ${index}`,
          what: (
            <span>
              <a href={receiptLink(consensus, terms, row)}>
                {row.calls === 1 ? '1 call' : `${row.calls} calls`}
              </a>{' '}
              of <Account address={row.client} />
            </span>
          ),
          amount: row.amount,
          note: '',
        })),
      ...shares.map(({ from, part }) => ({
        key: `share ${from}`,
        what: (
          <span>
            {percent(part.shareBps)} of what came in at <Module id={from} />
          </span>
        ),
        amount: part.amount,
        note: roundingOf(part),
      })),
    ]}
    keyOf={({ key }) => key}
    columns={[
      { title: 'For', cell: ({ what }) => what },
      { title: 'Tokens', isNumber: true, cell: ({ amount }) => tokens(amount) },
      { title: 'Rounding', cell: ({ note }) => note },
    ]}
  />
);
