/** One block: its header, what stands in it and what it caused. */

import type { Hex } from '../../../consensus/interface/index.ts';
import { getBlock } from '../../../node/client/actions/getBlock.ts';
import type { BlockInfo, BlockTransaction } from '../../../node/client/results.ts';
import type { Wire } from '../../../node/client/wire.ts';
import { plural, tokens, words } from '../format.ts';
import { head } from '../live.ts';
import { Account } from '../parts/Account.tsx';
import { Facts, Foreign, Json, Problem, Tag, Time, TransactionLink } from '../parts/texts.tsx';
import { blockLink } from '../route.ts';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

export function Block({ block }: { readonly block: number | string }) {
  // A block that does not exist yet is asked for again when the head reaches it.
  const exists = typeof block === 'string' || block <= (head.value?.height ?? 0);
  const answer = useAnswer(() => getBlock(gateway, { block: block as number | Hex }), [block, exists]);
  if (answer.state === 'waiting') return <p class="quiet">Asking for block {block} …</p>;
  if (answer.state === 'failed') return <Problem error={answer.error} />;
  return <Found block={answer.value} />;
}

function Found({ block }: { readonly block: BlockInfo }) {
  const { header, hash, transactions, events, evidence, commit } = block;
  const { height } = header;
  const own = events.filter(({ transaction }) => transaction === null);
  return (
    <article>
      <header class="title-row">
        <h1>Block {height}</h1>
        <nav aria-label="Neighbours">
          {height > 1 && (
            <a href={blockLink(height - 1)} title="Block before (←)">
              ← {height - 1}
            </a>
          )}{' '}
          <a href={blockLink(height + 1)} title="Block after (→)">
            {height + 1} →
          </a>
        </nav>
      </header>
      <Facts
        facts={[
          { name: 'Hash', value: <code class="long">{hash}</code> },
          { name: 'Parent', value: <code class="long">{header.parentHash}</code> },
          { name: 'Time', value: <Time ms={header.time} /> },
          { name: 'Epoch', value: header.epoch },
          { name: 'Proposer', value: <code class="long">{header.proposer}</code> },
          { name: 'State root', value: <code class="long">{header.stateRoot}</code> },
          {
            name: 'Certificate',
            value: `round ${commit.round}, ${plural(commit.signatures.length, 'signature')}`,
          },
        ]}
      />
      <h2>{plural(transactions.length, 'transaction')}</h2>
      {transactions.map(each => (
        <Transaction key={each.hash} transaction={each} events={events} />
      ))}
      {evidence.length > 0 && <h2>Double signing that this block punished</h2>}
      {evidence.map(each => (
        <Json key={`${each.validator}${each.height}${each.round}${each.kind}`} value={each} />
      ))}
      <h2>Events of the block itself</h2>
      {own.length === 0 ? <p class="quiet">None.</p> : <Events events={own} />}
    </article>
  );
}

interface TransactionProps {
  readonly transaction: BlockTransaction;
  readonly events: readonly Wire['BlockEvent'][];
}

function Transaction({ transaction, events }: TransactionProps) {
  const { hash, index, from, nonce, ok, error, fee, weight, call } = transaction;
  const caused = events.filter(event => event.transaction === index);
  return (
    <details class="card transaction" open>
      <summary>
        <span>
          {index}. <b>{words(call.kind)}</b>
        </span>
        <Tag kind={ok ? 'running' : 'failed'}>{ok ? 'ok' : 'failed'}</Tag>
        <TransactionLink hash={hash} />
      </summary>
      {error !== undefined && (
        <p class="problem">
          <Foreign text={`${error.name}: ${error.message}`} />
        </p>
      )}
      <Facts
        facts={[
          { name: 'From', value: <Account address={from} /> },
          { name: 'Nonce', value: nonce },
          { name: 'Fee', value: `${tokens(fee)} tokens` },
          { name: 'Weight', value: weight },
        ]}
      />
      <Json value={call} />
      {caused.length > 0 && <Events events={caused} />}
    </details>
  );
}

const Events = ({ events }: { readonly events: readonly Wire['Event'][] }) => (
  <ol class="events">
    {events.map(({ source, name, data }, index) => (
      <li key={index}>
        <b>
          <Foreign text={name} />
        </b>{' '}
        <span class="quiet">{source === null ? 'kernel' : `consensus ${source}`}</span>
        <Json value={data} />
      </li>
    ))}
  </ol>
);
