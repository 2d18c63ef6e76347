/** Partition, latency and loss: set here, ended by one button. */
import { useState } from 'preact/hooks';
import type { ClusterFaults } from '../../../node/client/wireCluster.ts';
import { busy } from '../acting.ts';
import { groupsOf } from '../grouping.ts';
import type { NodeView } from '../live.ts';
import { heal, partition, setLatency, setLoss } from '../network.ts';
import { Amount } from './Amount.tsx';
import type { Pair } from './NetworkPicture.tsx';
import { Facts } from './texts.tsx';

interface FaultsProps extends OnPair {
  readonly nodes: readonly NodeView[];
  readonly faults: ClusterFaults;
  readonly onPair: (pair: Pair | null) => void;
}

/** The link that latency and loss are for; null for all of them. */
interface OnPair {
  readonly pair: Pair | null;
}

export const Faults = ({ nodes, faults, pair, onPair }: FaultsProps) => (
  <section class="card" aria-labelledby="faults-title">
    <h2 id="faults-title">Between the nodes</h2>
    <InForce faults={faults} />
    <Partition nodes={nodes} />
    <Where nodes={nodes} pair={pair} onPair={onPair} />
    <Latency pair={pair} />
    <Loss pair={pair} />
    <div class="buttons">
      <button type="button" disabled={busy} onClick={heal}>
        Heal
      </button>
    </div>
  </section>
);

const pairText = (between: readonly [number, number] | null): string =>
  between === null ? 'everywhere' : `between ${between[0]} and ${between[1]}`;

function InForce({ faults: { groups, latency, loss } }: { readonly faults: ClusterFaults }) {
  const facts = [
    ...(groups.length === 0
      ? []
      : [{ name: 'Parted', value: groups.map(group => group.join(', ')).join(' | ') }]),
    ...latency.map(({ between, ms, jitter }) => ({
      name: 'Latency',
      value: `${ms} ms${jitter === 0 ? '' : `, up to ${jitter} ms more`}, ${pairText(between)}`,
    })),
    ...loss.map(({ between, percent }) => ({ name: 'Loss', value: `${percent} %, ${pairText(between)}` })),
  ].filter(({ value }) => value !== '');
  return (
    <div data-test="faults">
      {facts.length === 0 ? <p class="quiet">Nothing is wrong.</p> : <Facts facts={facts} />}
    </div>
  );
}

/** Two groups; more of them are made by moving nodes in the picture. */
function Partition({ nodes }: { readonly nodes: readonly NodeView[] }) {
  const [inB, setInB] = useState<ReadonlySet<number>>(new Set());
  const letters = nodes.map(({ status }) => (inB.has(status.index) ? 'B' : 'A'));
  const groups = groupsOf(letters);
  const flip = (index: number): void => {
    const next = new Set(inB);
    if (!next.delete(index)) next.add(index);
    setInB(next);
  };
  return (
    <fieldset>
      <legend>Partition: choose the nodes of the other side</legend>
      {nodes.map(({ status: { index } }) => (
        <label key={index}>
          <input type="checkbox" checked={inB.has(index)} onChange={() => flip(index)} /> {index}
        </label>
      ))}
      <button type="button" disabled={busy.value || groups.length < 2} onClick={() => partition(groups)}>
        Part
      </button>
    </fieldset>
  );
}

function Where({ nodes, pair, onPair }: Omit<FaultsProps, 'faults'>) {
  const all = nodes.map(({ status }) => status.index);
  const pairs = all.flatMap((a, order) => all.slice(order + 1).map(b => [a, b] as const));
  return (
    <label>
      Latency and loss{' '}
      <select
        value={pair?.join() ?? ''}
        onChange={({ currentTarget: { value } }) => onPair(pairs.find(each => each.join() === value) ?? null)}
      >
        <option value="">everywhere</option>
        {pairs.map(each => (
          <option key={each.join()} value={each.join()}>
            {pairText(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Latency({ pair }: OnPair) {
  const [ms, setMs] = useState(50);
  const [jitter, setJitter] = useState(0);
  return (
    <fieldset>
      <legend>Latency in each direction, in milliseconds</legend>
      <Amount label="Delay" value={ms} most={2_000} set={setMs} />
      <Amount label="Jitter" value={jitter} most={2_000} set={setJitter} />
      <button type="button" disabled={busy} onClick={() => setLatency(ms, jitter, pair)}>
        Delay
      </button>
    </fieldset>
  );
}

function Loss({ pair }: OnPair) {
  const [percent, setPercent] = useState(10);
  return (
    <fieldset>
      <legend>Loss of messages, in percent</legend>
      <Amount label="Percent" value={percent} most={100} set={setPercent} />
      <button type="button" disabled={busy} onClick={() => setLoss(percent, pair)}>
        Lose
      </button>
    </fieldset>
  );
}
