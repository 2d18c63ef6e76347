/** The settlement of an epoch: who paid, through which modules it went, who has it now, and why. */
import type { SettlementInfo } from '../../../node/client/results.ts';
import { balanceOf, type FlowEdge, flowOf, MECHANISM, moduleNode, REST, totalsOf } from '../flow.ts';
import { plural, shortened, tokens } from '../format.ts';
import { epoch as current, pulse } from '../live.ts';
import { aliases, modules, names } from '../names.ts';
import { Account } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Flow } from '../parts/Flow.tsx';
import { Mechanisms } from '../parts/Mechanisms.tsx';
import { Neighbours } from '../parts/Neighbours.tsx';
import { Table } from '../parts/Table.tsx';
import { Facts, Foreign } from '../parts/texts.tsx';
import { earnedLink, receiptsLink, settlementLink } from '../route.ts';
import { askForSettlement, type Told } from '../settlements.ts';
import { percent } from '../trees.ts';
import { useAnswer } from '../useAnswer.ts';

interface SettlementProps {
  readonly consensus: number;
  /** null for the last one that can be closed. */
  readonly epoch: number | null;
}

export function Settlement({ consensus, epoch }: SettlementProps) {
  const running = current.value?.epoch;
  if (running === undefined) return <p class="quiet">Asking …</p>;
  const shown = epoch ?? running - 1;
  return (
    <article>
      <header class="title-row">
        <h1>{shown < 0 ? 'Settlements' : `Settlement of epoch ${shown}`}</h1>
        <Mechanisms consensus={consensus} linkTo={id => settlementLink(id, Math.max(0, shown))} />
        <Neighbours
          at={shown}
          last={running - 1}
          linkTo={each => settlementLink(consensus, each)}
          latest={epoch === null ? null : settlementLink(consensus, null)}
        />
      </header>
      {shown < 0 ? (
        <p class="quiet">The first epoch still runs: nothing is settled.</p>
      ) : (
        <One key={`${consensus} ${shown}`} consensus={consensus} epoch={shown} />
      )}
    </article>
  );
}

function One({ consensus, epoch }: { readonly consensus: number; readonly epoch: number }) {
  // A close may go on over several blocks; what is closed no longer changes.
  const isOld = epoch < (current.value?.epoch ?? 0) - 2;
  const answer = useAnswer(
    () => askForSettlement(consensus, epoch),
    [consensus, epoch, isOld ? null : pulse.value],
  );
  return <Asked answer={answer}>{told => <Found told={told} />}</Asked>;
}

function Found({ told: { settlement, steps } }: { readonly told: Told }) {
  const { consensus, calls, total, done } = settlement;
  if (calls === 0) return <p class="quiet">Nothing was claimed in this epoch.</p>;
  const edges = flowOf(settlement, steps, modules.value);
  const { paid, earned, rest } = totalsOf(edges);
  return (
    <>
      <Facts
        facts={[
          {
            name: 'Calls',
            value: (
              <>
                {plural(calls, 'call')}, by the claims of{' '}
                {epochsOf(settlement).map((of, index) => (
                  <span key={of}>
                    {index > 0 && ', '}
                    <a href={receiptsLink(consensus, of)}>epoch {of}</a>
                  </span>
                ))}
              </>
            ),
          },
          { name: 'Settled', value: `${tokens(total)} tokens${done ? '' : ', and the close goes on'}` },
          {
            name: 'In and out',
            value: (
              <span data-test="balance">
                {tokens(paid)} in = {tokens(earned)} earned
                {rest === 0n ? '' : ` + ${tokens(rest)} kept by the mechanism`}
              </span>
            ),
          },
        ]}
      />
      <h2>Flow</h2>
      <div class="card">
        <Flow edges={edges} labelOf={labelOf} />
      </div>
      <h2>Why who earned what</h2>
      <div class="card">
        <Earners edges={edges} settlement={settlement} />
      </div>
      <h2>All of it as a table</h2>
      <div class="card">
        <Edges edges={edges} />
      </div>
    </>
  );
}

/** Whose calls were claimed. */
const epochsOf = ({ rows }: SettlementInfo): readonly number[] => [
  ...new Set(rows.map(({ epoch }) => epoch)),
];

function labelOf(node: string): string {
  if (node === MECHANISM) return 'the mechanism';
  if (node === REST) return 'kept by the mechanism';
  const [kind = '', name = ''] = node.split(':');
  if (kind === 'module') return aliases.value.get(Number(name)) ?? `module ${name}`;
  return names.value.get(name) ?? shortened(name);
}

const addressOf = (earner: string): string => earner.slice(earner.indexOf(':') + 1);

/** Each account that earned, with where its module's revenue came from and went to. */
interface EarnersProps {
  readonly edges: readonly FlowEdge[];
  readonly settlement: SettlementInfo;
}

function Earners({ edges, settlement: { consensus, epoch } }: EarnersProps) {
  const idOf = new Map(modules.value.map(({ id, address }) => [address, id]));
  const earners = [...new Set(edges.map(({ to }) => to).filter(node => node.startsWith('earner:')))];
  return (
    <Table
      test="earners"
      none="Nobody earned."
      rows={earners.map(node => ({ node, id: idOf.get(addressOf(node)) }))}
      keyOf={({ node }) => node}
      columns={[
        { title: 'Account', cell: ({ node }) => <Account address={addressOf(node)} /> },
        { title: 'Earned', isNumber: true, cell: ({ node }) => tokens(balanceOf(edges, node).in) },
        {
          title: 'Because',
          cell: ({ id }) =>
            id === undefined ? 'the mechanism says so' : <Foreign text={reasonOf(edges, id)} />,
        },
        {
          title: 'Why',
          cell: ({ node }) => <a href={earnedLink(consensus, epoch, addressOf(node))}>to the unit</a>,
        },
      ]}
    />
  );
}

/** `3 of its own calls, 1.5 as 30 % of router, less 0.9 to children`. */
function reasonOf(edges: readonly FlowEdge[], id: number): string {
  const node = moduleNode(id);
  const into = edges.filter(({ to }) => to === node);
  const direct = into
    .filter(({ from }) => from.startsWith('client:'))
    .reduce((sum, { amount }) => sum + amount, 0n);
  const shares = into
    .filter(({ from }) => from.startsWith('module:'))
    .map(
      ({ from, amount, shareBps }) =>
        `${tokens(amount)} as ${shareBps === null ? 'a share' : percent(shareBps)} of ${labelOf(from)}`,
    );
  const passed = edges
    .filter(({ from, to }) => from === node && to.startsWith('module:'))
    .reduce((sum, { amount }) => sum + amount, 0n);
  return [
    ...(direct === 0n ? [] : [`${tokens(direct)} for its own calls`]),
    ...shares,
    ...(passed === 0n ? [] : [`less ${tokens(passed)} to its children`]),
  ].join(', ');
}

const KINDS: Readonly<Record<string, string>> = { client: 'paid', module: 'shared', earner: 'kept' };

const Edges = ({ edges }: { readonly edges: readonly FlowEdge[] }) => (
  <Table
    test="flow"
    none="Nothing moved."
    rows={edges}
    keyOf={({ from, to }) => `${from} ${to}`}
    columns={[
      { title: 'From', cell: ({ from }) => <Foreign text={labelOf(from)} /> },
      {
        title: 'What',
        cell: ({ from, to }) =>
          from.startsWith('client:') ? 'paid' : (KINDS[to.split(':', 1)[0] ?? ''] ?? '–'),
      },
      { title: 'To', cell: ({ to }) => <Foreign text={labelOf(to)} /> },
      {
        title: 'Share',
        isNumber: true,
        cell: ({ shareBps }) => (shareBps === null ? '' : percent(shareBps)),
      },
      { title: 'Tokens', isNumber: true, cell: ({ amount }) => tokens(amount) },
    ]}
  />
);
