/** Each node with its head, and how far it is behind the highest. */
import { plural } from '../format.ts';
import { type NodeView, nodes, tip } from '../live.ts';
import { Foreign, Tag } from './texts.tsx';

export const Nodes = () => (
  <section class="card" aria-labelledby="nodes-title">
    <h2 id="nodes-title">Nodes</h2>
    <table>
      <thead>
        <tr>
          <th>Node</th>
          <th>State</th>
          <th class="number">Head</th>
          <th class="number">Behind</th>
        </tr>
      </thead>
      <tbody>
        {nodes.value.map(node => (
          <Row key={node.status.index} node={node} />
        ))}
      </tbody>
    </table>
  </section>
);

function Row({ node: { status, info } }: { readonly node: NodeView }) {
  const { state, index } = status;
  const isSilent = state === 'running' && info === null;
  return (
    <tr data-test={`node-${index}`}>
      <td title={status.rpc}>
        <Foreign text={info?.name ?? `node-${index}`} />{' '}
        <span class="quiet">{info === null ? '' : info.validator === null ? 'follows' : 'validator'}</span>
      </td>
      <td>
        <Tag kind={isSilent ? 'silent' : state}>{isSilent ? 'no answer' : state}</Tag>
        {status.restarts > 0 && <span class="quiet"> {plural(status.restarts, 'restart')}</span>}
      </td>
      <td class="number">{info?.height ?? '–'}</td>
      <td class="number">{info === null ? '–' : tip.value - info.height}</td>
    </tr>
  );
}
