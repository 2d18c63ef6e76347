/** One module: its terms, its links up and down. */
import { getLinkParents } from '../../../node/client/actions/getLinkParents.ts';
import { getLinkTree } from '../../../node/client/actions/getLinkTree.ts';
import { getModule } from '../../../node/client/actions/getModule.ts';
import type { LinkInfo, LinkTree, ModuleInfo } from '../../../node/client/results.ts';
import { tokens } from '../format.ts';
import { pulse } from '../live.ts';
import { Account, Module as Named } from '../parts/Account.tsx';
import { Asked } from '../parts/Asked.tsx';
import { Table } from '../parts/Table.tsx';
import { Tree } from '../parts/Tree.tsx';
import { Facts, Foreign, Json } from '../parts/texts.tsx';
import { gateway } from '../transport.ts';
import { percent } from '../trees.ts';
import { useAnswer } from '../useAnswer.ts';

interface Found {
  readonly module: ModuleInfo;
  readonly tree: LinkTree;
  readonly parents: readonly LinkInfo[];
}

async function askFor(id: number): Promise<Found> {
  const [module, tree, parents] = await Promise.all([
    getModule(gateway, { module: id }),
    getLinkTree(gateway, { module: id }),
    getLinkParents(gateway, { module: id }),
  ]);
  return { module, tree, parents };
}

export function Module({ id }: { readonly id: number }) {
  const answer = useAnswer(() => askFor(id), [id, pulse.value]);
  return (
    <article>
      <Asked answer={answer}>{found => <Shown {...found} />}</Asked>
    </article>
  );
}

const Shown = ({ module, tree, parents }: Found) => (
  <>
    <h1>
      <Foreign text={module.alias} />
    </h1>
    <Facts
      facts={[
        { name: 'Id', value: module.id },
        { name: 'Account', value: <Account address={module.address} /> },
        { name: 'URL', value: <Foreign text={module.url} /> },
        { name: 'Consensus', value: module.consensus },
        { name: 'Registered', value: `in epoch ${module.registeredEpoch}` },
        ...(module.retiredEpoch === null
          ? []
          : [{ name: 'Retired', value: `in epoch ${module.retiredEpoch}` }]),
        { name: 'Links', value: `at most ${module.maxLinks}` },
      ]}
    />
    <h2>Prices</h2>
    <Table
      none="It has no functions with a price."
      rows={module.prices}
      keyOf={({ fn }) => fn}
      columns={[
        { title: 'Function', cell: ({ fn }) => <Foreign text={fn} /> },
        { title: 'Tokens a call', isNumber: true, cell: ({ price }) => tokens(price) },
      ]}
    />
    {module.pending !== null && (
      <>
        <h2>From epoch {module.pending.fromEpoch} on</h2>
        <Json
          value={{
            ...module.pending,
            prices: module.pending.prices.map(({ fn, price }) => [fn, String(price)]),
          }}
        />
      </>
    )}
    <h2>It shares with</h2>
    {tree.children.length === 0 ? <p class="quiet">It keeps what it earns.</p> : <Tree tree={tree} />}
    <h2>It gets shares of</h2>
    <Table
      none="It is nobody's child."
      rows={parents}
      keyOf={({ parent }) => parent}
      columns={[
        { title: 'Parent', cell: ({ parent }) => <Named id={parent} /> },
        { title: 'Kind', cell: ({ kind }) => kind },
        { title: 'Share', isNumber: true, cell: ({ shareBps }) => percent(shareBps) },
        { title: 'Status', cell: ({ status }) => status },
      ]}
    />
  </>
);
