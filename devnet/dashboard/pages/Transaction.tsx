/** One transaction by its hash: in a block, on its way, or nowhere. */
import type { Hex } from '../../../consensus/interface/index.ts';
import { getTransaction } from '../../../node/client/actions/getTransaction.ts';
import type { TransactionStatus } from '../../../node/client/results.ts';
import { tokens } from '../format.ts';
import { head } from '../live.ts';
import { BlockLink, Facts, Foreign, Json, Problem, Tag } from '../parts/texts.tsx';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

export function Transaction({ hash }: { readonly hash: string }) {
  // Each block may be the one that it stands in.
  const answer = useAnswer(() => getTransaction(gateway, { hash: hash as Hex }), [hash, head.value?.height]);
  return (
    <article>
      <h1>Transaction</h1>
      <p>
        <code class="long">{hash}</code>
      </p>
      {answer.state === 'waiting' && <p class="quiet">Asking …</p>}
      {answer.state === 'failed' && <Problem error={answer.error} />}
      {answer.state === 'here' && <Status status={answer.value} />}
    </article>
  );
}

function Status({ status }: { readonly status: TransactionStatus }) {
  if (status.status === 'pending') return <p>It waits in the pool for a block.</p>;
  if (status.status === 'unknown')
    return (
      <p>No block has it{status.from === undefined ? '' : ` from height ${status.from} on`}, nor the pool.</p>
    );
  if (status.status === 'dropped')
    return (
      <p class="problem">
        It was dropped: <Foreign text={`${status.error.name}: ${status.error.message}`} />
      </p>
    );
  if (status.status === 'reverted')
    return (
      <p>
        It stood in block <BlockLink height={status.height} />, and block <BlockLink height={status.by} />{' '}
        took it back: its state is that of a snapshot, or of a dump.
      </p>
    );
  const { height, index, ok, error, fee, weight, events } = status;
  return (
    <>
      <Facts
        facts={[
          { name: 'Block', value: <BlockLink height={height} /> },
          { name: 'Place', value: index },
          { name: 'Outcome', value: <Tag kind={ok ? 'running' : 'failed'}>{ok ? 'ok' : 'failed'}</Tag> },
          { name: 'Fee', value: `${tokens(fee)} tokens` },
          { name: 'Weight', value: weight },
        ]}
      />
      {error !== undefined && (
        <p class="problem">
          <Foreign text={`${error.name}: ${error.message}`} />
        </p>
      )}
      <h2>Events</h2>
      {events.length === 0 ? <p class="quiet">None.</p> : <Json value={events} />}
    </>
  );
}
