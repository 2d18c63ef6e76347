/** The processes of the cluster and what lies between them. */
import { useState } from 'preact/hooks';
import type { NodeState } from '../../../node/client/wireCluster.ts';
import { busy } from '../acting.ts';
import { type NodeView, nodes, tip } from '../live.ts';
import { DEEDS } from '../network.ts';
import { Asked } from '../parts/Asked.tsx';
import { Faults } from '../parts/Faults.tsx';
import { NetworkPicture, type Pair } from '../parts/NetworkPicture.tsx';
import { Table } from '../parts/Table.tsx';
import { Foreign, Tag } from '../parts/texts.tsx';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

export function Network() {
  const [pair, setPair] = useState<Pair | null>(null);
  const [node, setNode] = useState<number | null>(null);
  const known = nodes.value;
  // With each look at the nodes: a chain that stands still has faults all the same.
  const faults = useAnswer(() => gateway.request('dev_faults', {}), [known]);
  return (
    <>
      <h1>Network</h1>
      <section class="card">
        <Processes nodes={known} />
      </section>
      <Asked answer={faults}>
        {found => (
          <div class="grid below">
            <section class="card" aria-label="Picture of the network">
              <NetworkPicture
                nodes={known}
                faults={found}
                node={node}
                onNode={chosen => setNode(chosen === node ? null : chosen)}
                pair={pair}
                onPair={setPair}
              />
              <Chosen view={known.find(({ status }) => status.index === node)} />
            </section>
            <Faults nodes={known} faults={found} pair={pair} onPair={setPair} />
          </div>
        )}
      </Asked>
    </>
  );
}

const Processes = ({ nodes }: { readonly nodes: readonly NodeView[] }) => (
  <Table
    test="processes"
    none="Asking for the nodes …"
    rows={nodes}
    keyOf={({ status }) => status.index}
    columns={[
      { title: 'Node', cell: ({ status, info }) => <Foreign text={info?.name ?? `node-${status.index}`} /> },
      { title: 'State', cell: ({ status }) => <Tag kind={status.state}>{status.state}</Tag> },
      { title: 'Head', isNumber: true, cell: ({ info }) => info?.height ?? '–' },
      {
        title: 'Behind',
        isNumber: true,
        cell: ({ info }) => (info === null ? '–' : tip.value - info.height),
      },
      { title: 'Restarts', isNumber: true, cell: ({ status }) => status.restarts },
      { title: 'Ended last', cell: ({ status }) => status.ended !== null && <Foreign text={status.ended} /> },
      {
        title: 'Do',
        cell: ({ status: { index, state } }) => <Deeds node={index} state={state} />,
      },
    ]}
  />
);

interface DeedsProps {
  readonly node: number;
  readonly state: NodeState;
}

const Deeds = ({ node, state }: DeedsProps) => (
  <span class="buttons">
    {DEEDS[state].map(({ name, run }) => (
      <button
        key={name}
        type="button"
        class="plain"
        disabled={busy}
        aria-label={`${name} node ${node}`}
        onClick={() => run(node)}
      >
        {name}
      </button>
    ))}
  </span>
);

/** What can be done with the node that is chosen in the picture; without one, how it is used. */
const Chosen = ({ view }: { readonly view: NodeView | undefined }) => (
  <div class="chosen-node" data-test="chosen">
    {view === undefined ? (
      <p class="quiet">
        Drag a node away from the others, onto one of them or into another group, and back; a link chooses
        where latency and loss are. With the keyboard: Tab to a node, arrow keys to move it, Enter to choose
        it.
      </p>
    ) : (
      <p>
        Node {view.status.index} <Deeds node={view.status.index} state={view.status.state} />
      </p>
    )}
  </div>
);
