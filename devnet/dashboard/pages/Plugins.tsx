/** The mechanisms of the chain, whether each node has their code, and the plugins that nodes run. */

import { listConsensus } from '../../../node/client/actions/listConsensus.ts';
import type { ConsensusInfo } from '../../../node/client/results.ts';
import type { ConsensusJson } from '../../../node/client/wireConsensus.ts';
import type { PluginJson } from '../../../node/client/wirePlugins.ts';
import { agreementOf } from '../../plugins/agreement.ts';
import { shortened, tokens } from '../format.ts';
import { nodes } from '../live.ts';
import { Asked } from '../parts/Asked.tsx';
import { Table } from '../parts/Table.tsx';
import { Foreign, Short, Tag } from '../parts/texts.tsx';
import { askNode, gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

interface Told {
  readonly node: number;
  /** null: it went away before it said it. */
  readonly consensus: readonly ConsensusJson[] | null;
  readonly plugins: readonly PluginJson[];
}

interface Found {
  readonly mechanisms: readonly ConsensusInfo[];
  readonly told: readonly Told[];
}

async function askAll(running: readonly number[]): Promise<Found> {
  const [mechanisms, told] = await Promise.all([listConsensus(gateway), Promise.all(running.map(askOne))]);
  return { mechanisms, told };
}

function askOne(node: number): Promise<Told> {
  const ask = askNode(node);
  return Promise.all([ask('consensus_list', {}), ask('plugin_list', {})]).then(
    ([consensus, plugins]) => ({ node, consensus, plugins }),
    (): Told => ({ node, consensus: null, plugins: [] }),
  );
}

export function Plugins() {
  const running = nodes.value.filter(({ info }) => info !== null).map(({ status }) => status.index);
  const answer = useAnswer(() => askAll(running), [nodes.value]);
  return <Asked answer={answer}>{found => <Shown {...found} />}</Asked>;
}

const Shown = ({ mechanisms, told }: Found) => (
  <>
    <section class="card">
      <h1>Consensus modules</h1>
      <Table
        test="mechanisms"
        none="The chain has none."
        rows={mechanisms}
        keyOf={({ id }) => id}
        columns={[
          { title: 'Id', isNumber: true, cell: ({ id }) => id },
          { title: 'Name', cell: ({ name, version }) => <Foreign text={`${name} ${version}`} /> },
          {
            title: 'Status',
            cell: ({ status }) => <Tag kind={status === 'active' ? 'running' : status}>{status}</Tag>,
          },
          { title: 'Kind', cell: ({ kind }) => kind },
          { title: 'Code', cell: ({ codeHash }) => <Short text={codeHash} /> },
          {
            title: 'May',
            cell: ({ capabilities }) => capabilities.map(each => each.replaceAll('_', ' ')).join(', '),
          },
          { title: 'Pot', isNumber: true, cell: ({ pot }) => tokens(pot) },
          { title: 'Nodes', cell: mechanism => <Agreement mechanism={mechanism} told={told} /> },
        ]}
      />
    </section>
    <section class="card below">
      <h2>Plugins on the nodes</h2>
      <Table
        test="plugins"
        none="No node has a plugin. The command “devnet plugin install” brings one."
        rows={told.flatMap(({ node, plugins }) => plugins.map(plugin => ({ node, plugin })))}
        keyOf={({ node, plugin }) => `${node} ${plugin.name} ${plugin.version} ${plugin.codeHash}`}
        columns={[
          { title: 'Node', isNumber: true, cell: ({ node }) => node },
          {
            title: 'Plugin',
            cell: ({ plugin }) => <Foreign text={`${plugin.name} ${plugin.version ?? ''}`} />,
          },
          { title: 'State', cell: ({ plugin }) => <Tag kind={plugin.state}>{plugin.state}</Tag> },
          { title: 'Provides', cell: ({ plugin }) => plugin.provides },
          { title: 'Isolation', cell: ({ plugin }) => plugin.tier },
          { title: 'Signers', cell: ({ plugin }) => signersOf(plugin) },
          { title: 'May', cell: ({ plugin }) => <Foreign text={plugin.capabilities.join(', ')} /> },
          { title: 'Restarts', isNumber: true, cell: ({ plugin }) => plugin.restarts },
          { title: 'Why', cell: ({ plugin }) => whyOf(plugin) },
        ]}
      />
    </section>
  </>
);

/** Which nodes have this code, by what they say themselves. */
function Agreement({
  mechanism,
  told,
}: {
  readonly mechanism: ConsensusInfo;
  readonly told: readonly Told[];
}) {
  if (told.length === 0) return <>–</>;
  const differing = told.flatMap(({ node, consensus }) => {
    const agreement = consensus === null ? 'no answer' : agreementOf(mechanism, consensus);
    return agreement === 'same' ? [] : [`${node}: ${agreement}`];
  });
  return (
    <Tag kind={differing.length === 0 ? 'running' : 'failed'}>
      {differing.length === 0 ? `${told.length} the same` : differing.join(', ')}
    </Tag>
  );
}

function whyOf({ reason, lastError }: PluginJson) {
  const text = reason ?? lastError;
  return text !== null && <Foreign text={text} />;
}

/** Those whom the operator trusts are marked. */
const signersOf = ({ signers, trusted }: PluginJson): string =>
  signers.length === 0
    ? 'nobody'
    : signers.map(each => `${shortened(each)}${trusted.includes(each) ? ' (trusted)' : ''}`).join(', ');
