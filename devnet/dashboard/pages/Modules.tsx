/** All modules, and their links as pictures. */
import { getLinkTree } from '../../../node/client/actions/getLinkTree.ts';
import { tokens } from '../format.ts';
import { pulse } from '../live.ts';
import { modules } from '../names.ts';
import { Account, Module } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Table } from '../parts/Table.tsx';
import { Tree } from '../parts/Tree.tsx';
import { Foreign } from '../parts/texts.tsx';
import { gateway } from '../transport.ts';
import { rootsOf } from '../trees.ts';
import { useAnswer } from '../useAnswer.ts';

/** Trees of more modules than this are on the pages of the modules only. */
const MOST_TREES = 100;

export function Modules() {
  const known = modules.value;
  const ids = known.slice(0, MOST_TREES).map(({ id }) => id);
  const trees = useAnswer(
    () => Promise.all(ids.map(module => getLinkTree(gateway, { module }))),
    [ids.join(), pulse.value],
  );
  return (
    <>
      <section class="card">
        <h1>Links</h1>
        <Asked answer={trees}>
          {found => {
            const linked = rootsOf(found).filter(({ children }) => children.length > 0);
            if (linked.length === 0) return <p class="quiet">No module shares its revenue with another.</p>;
            return linked.map(tree => <Tree key={tree.module} tree={tree} />);
          }}
        </Asked>
      </section>
      <section class="card below">
        <h2>Modules</h2>
        <Table
          test="modules"
          none="No module is registered."
          rows={known}
          keyOf={({ id }) => id}
          columns={[
            { title: 'Id', isNumber: true, cell: ({ id }) => id },
            { title: 'Alias', cell: ({ id }) => <Module id={id} /> },
            { title: 'Account', cell: ({ address }) => <Account address={address} /> },
            { title: 'Consensus', isNumber: true, cell: ({ consensus }) => consensus },
            {
              title: 'Prices in tokens',
              cell: ({ prices }) => (
                <Foreign text={prices.map(({ fn, price }) => `${fn} ${tokens(price)}`).join(', ')} />
              ),
            },
            { title: 'URL', cell: ({ url }) => <Foreign text={url} /> },
          ]}
        />
      </section>
    </>
  );
}
