import assert from 'node:assert/strict';
import {
  Draft,
  getLink,
  getProposal,
  hashOf,
  type KernelCall,
  type LinkTerms,
  LinkTerms as LinkTermsCodec,
  linksOfChild,
  linksOfParent,
  proposalsOfChild,
  proposalsOfParent,
} from '../../../chain/index.ts';
import { LINK_SEARCH_LIMIT, requireTree } from '../../../chain/kernel/links/graph.ts';
import { addLink } from '../../../chain/kernel/links/rows.ts';
import { linkTerms, NO_METADATA, registerModule, updateModule } from '../../support/calls.ts';
import { createTestChain, type TestChain } from '../../support/chain.ts';

const propose = (terms: LinkTerms, expires = 100): KernelCall => ({ kind: 'proposeLink', terms, expires });
const accept = (terms: LinkTerms): KernelCall => ({
  kind: 'acceptLink',
  parent: terms.parent,
  child: terms.child,
  termsHash: hashOf(LinkTermsCodec, terms),
});
const dissolve = (parent: number, child: number): KernelCall => ({ kind: 'dissolveLink', parent, child });

/** A chain on which module i belongs to the account Mi. */
function modules(count: number, maxLinks = 16): TestChain {
  const accounts = Array.from({ length: count }, (_, index) => `M${index}`);
  const chain = createTestChain({ accounts: [...accounts, 'Stranger'], genesis: { epochLength: 12 } });
  chain.block(
    accounts.map(name => chain.transaction(name, registerModule(name.toLowerCase(), { maxLinks }))),
  );
  return chain;
}

/** Proposed by the parent, accepted by the child. */
function link(chain: TestChain, terms: LinkTerms): void {
  chain.ok(`M${terms.parent}`, propose(terms));
  chain.ok(`M${terms.child}`, accept(terms));
}

describe('links', () => {
  it('are made by both sides with identical terms, and hold from the next epoch', () => {
    const chain = modules(2);
    const terms = linkTerms(0, 1, { shareBps: 2500 });
    chain.ok('M1', propose(terms));
    assert.equal(getProposal(chain.state, 0, 1)?.proposer, 'child');
    chain.fails('M1', 'NOT_YOUR_MODULE', accept(terms));
    chain.fails('Stranger', 'NOT_YOUR_MODULE', accept(terms));
    chain.ok('M0', accept(terms));
    const fromEpoch = chain.epoch + 1;
    assert.deepEqual(getLink(chain.state, 0, 1), { terms, fromEpoch, untilEpoch: null });
    assert.equal(getProposal(chain.state, 0, 1), undefined);
    assert.deepEqual(linksOfParent(chain.state, 0, fromEpoch - 1), []);
    assert.equal(linksOfParent(chain.state, 0, fromEpoch).length, 1);
    assert.equal(linksOfChild(chain.state, 1, fromEpoch).length, 1);
  });

  it('cannot be made by one side alone', () => {
    const chain = modules(3);
    chain.fails('Stranger', 'NOT_YOUR_MODULE', propose(linkTerms(0, 1)));
    chain.fails('M2', 'NOT_YOUR_MODULE', propose(linkTerms(0, 1)));
    chain.fails('M0', 'UNKNOWN_PROPOSAL', accept(linkTerms(0, 1)));
    chain.ok('M0', propose(linkTerms(0, 1)));
    chain.fails('M0', 'NOT_YOUR_MODULE', accept(linkTerms(0, 1)));
    chain.fails('M1', 'TERMS_DIFFER', accept(linkTerms(0, 1, { shareBps: 9999 })));
    chain.ok('M1', propose(linkTerms(0, 1, { shareBps: 9999 })));
    chain.fails('M0', 'TERMS_DIFFER', accept(linkTerms(0, 1)));
  });

  it('are refused between what cannot be linked', () => {
    const chain = modules(3);
    chain.fails('M0', 'SELF_LINK', propose(linkTerms(0, 0)));
    chain.fails('M0', 'UNKNOWN_MODULE', propose(linkTerms(0, 9)));
    chain.fails('M0', 'BAD_ALIAS', propose(linkTerms(0, 1, { alias: 'A' })));
    link(chain, linkTerms(0, 1));
    chain.fails('M0', 'LINK_EXISTS', propose(linkTerms(0, 1)));
    chain.fails('M0', 'ALIAS_TAKEN', propose(linkTerms(0, 2, { alias: 'child-1' })));
    chain.ok('M2', { kind: 'retireModule', module: 2 });
    chain.fails('M0', 'MODULE_RETIRED', propose(linkTerms(0, 2)));
    chain.fails('M0', 'MODULE_HAS_LINKS', { kind: 'retireModule', module: 0 });
    chain.fails('M1', 'MODULE_HAS_LINKS', { kind: 'retireModule', module: 1 });
  });

  it('form no circle', () => {
    const chain = modules(3);
    link(chain, linkTerms(0, 1));
    link(chain, linkTerms(1, 2));
    chain.fails('M2', 'LINK_CYCLE', propose(linkTerms(2, 0)));
    chain.fails('M1', 'LINK_CYCLE', propose(linkTerms(1, 0)));
    // Two proposals that are fine one by one: the second to be accepted is refused.
    const fresh = modules(2);
    fresh.ok('M0', propose(linkTerms(0, 1)));
    fresh.ok('M1', propose(linkTerms(1, 0)));
    fresh.ok('M1', accept(linkTerms(0, 1)));
    fresh.fails('M0', 'LINK_CYCLE', accept(linkTerms(1, 0)));
  });

  it('are at most 8 deep, also where two trees are joined in the middle', () => {
    const chain = modules(11);
    for (const parent of [0, 1, 2, 3]) link(chain, linkTerms(parent, parent + 1));
    for (const parent of [5, 6, 7, 8]) link(chain, linkTerms(parent, parent + 1));
    chain.fails('M4', 'LINK_TOO_DEEP', propose(linkTerms(4, 5)));
    link(chain, linkTerms(3, 5));
    chain.fails('M9', 'LINK_TOO_DEEP', propose(linkTerms(9, 10)));
    chain.fails('M10', 'LINK_TOO_DEEP', propose(linkTerms(10, 0)));
  });

  it('give away at most everything, and as many as the parent wants', () => {
    const chain = modules(4, 2);
    link(chain, linkTerms(0, 1, { shareBps: 6000 }));
    chain.fails('M0', 'SHARES_OVER_LIMIT', propose(linkTerms(0, 2, { shareBps: 4001 })));
    chain.ok('M0', propose(linkTerms(0, 2, { shareBps: 4000 })));
    chain.ok('M0', propose(linkTerms(0, 3, { shareBps: 1 })));
    chain.ok('M2', accept(linkTerms(0, 2, { shareBps: 4000 })));
    chain.fails('M3', 'TOO_MANY_LINKS', accept(linkTerms(0, 3, { shareBps: 1 })));
    chain.ok('M0', updateModule(0, { maxLinks: 3 }));
    chain.fails('M3', 'SHARES_OVER_LIMIT', accept(linkTerms(0, 3, { shareBps: 1 })));
  });

  it('have several parents', () => {
    const chain = modules(3);
    link(chain, linkTerms(0, 2));
    link(chain, linkTerms(1, 2));
    chain.nextEpoch();
    assert.deepEqual(
      linksOfChild(chain.state, 2, chain.epoch).map(({ terms }) => terms.parent),
      [0, 1],
    );
  });

  it('are dissolved by either side with the end of the epoch, and kept until grace is over', () => {
    const chain = modules(3);
    link(chain, linkTerms(0, 1));
    chain.nextEpoch();
    const last = chain.epoch;
    chain.fails('M2', 'NOT_YOUR_MODULE', dissolve(0, 1));
    chain.ok('M1', dissolve(0, 1));
    chain.fails('M0', 'LINK_DISSOLVED', dissolve(0, 1));
    assert.equal(linksOfParent(chain.state, 0, last).length, 1);
    assert.deepEqual(linksOfParent(chain.state, 0, last + 1), []);
    chain.nextEpoch(2);
    assert.equal(linksOfParent(chain.state, 0, last).length, 1, 'claims for its last epoch are still open');
    chain.nextEpoch(1);
    assert.deepEqual(linksOfParent(chain.state, 0), []);
    assert.deepEqual(linksOfChild(chain.state, 1), []);
    chain.fails('M1', 'UNKNOWN_LINK', dissolve(0, 1));
  });

  it('can be made anew in the epoch in which they were dissolved, and each epoch keeps its own terms', () => {
    const chain = modules(2);
    link(chain, linkTerms(0, 1, { shareBps: 1000 }));
    chain.nextEpoch();
    const epoch = chain.epoch;
    chain.ok('M0', dissolve(0, 1));
    link(chain, linkTerms(0, 1, { shareBps: 9000 }));
    const shares = (at: number) => linksOfParent(chain.state, 0, at).map(({ terms }) => terms.shareBps);
    assert.deepEqual([shares(epoch), shares(epoch + 1)], [[1000], [9000]]);
    // Ended before it ever held, the second leaves nothing; a third takes its place.
    chain.ok('M0', dissolve(0, 1));
    assert.deepEqual([shares(epoch), shares(epoch + 1)], [[1000], []]);
    link(chain, linkTerms(0, 1, { shareBps: 500 }));
    assert.deepEqual([shares(epoch), shares(epoch + 1)], [[1000], [500]]);
    chain.nextEpoch(4);
    assert.deepEqual([shares(epoch), shares(epoch + 4)], [[], [500]]);
  });

  it('change their terms when both sides agree: the old ones hold to the end of the epoch, and no epoch is without', () => {
    const chain = modules(3);
    link(chain, linkTerms(0, 1, { shareBps: 6000 }));
    link(chain, linkTerms(0, 2, { shareBps: 4000 }));
    chain.nextEpoch();
    const { epoch } = chain;
    const shares = (at: number) => linksOfParent(chain.state, 0, at).map(({ terms }) => terms.shareBps);
    // Room that the change makes counts, room that another one would make does not.
    chain.fails('M0', 'SHARES_OVER_LIMIT', propose(linkTerms(0, 2, { shareBps: 7000 })));
    chain.ok('M0', propose(linkTerms(0, 1, { shareBps: 3000 })));
    assert.deepEqual(
      [shares(epoch), shares(epoch + 1)],
      [
        [6000, 4000],
        [6000, 4000],
      ],
      'only proposed',
    );
    assert.equal(proposalsOfChild(chain.state, 1).length, 1);
    chain.fails('M0', 'NOT_YOUR_MODULE', accept(linkTerms(0, 1, { shareBps: 3000 })));
    chain.ok('M1', accept(linkTerms(0, 1, { shareBps: 3000 })));
    assert.deepEqual(
      [shares(epoch), shares(epoch + 1)],
      [
        [6000, 4000],
        [3000, 4000],
      ],
    );
    link(chain, linkTerms(0, 2, { shareBps: 7000 }));
    // Changed twice in one epoch: what never held leaves nothing behind.
    link(chain, linkTerms(0, 1, { shareBps: 2000, alias: 'other' }));
    assert.deepEqual(
      [shares(epoch), shares(epoch + 1)],
      [
        [6000, 4000],
        [2000, 7000],
      ],
    );
    chain.nextEpoch();
    assert.deepEqual(
      [shares(epoch), shares(epoch + 1)],
      [
        [6000, 4000],
        [2000, 7000],
      ],
    );
    assert.deepEqual([proposalsOfParent(chain.state, 0), proposalsOfChild(chain.state, 1)], [[], []]);
    chain.nextEpoch(4);
    assert.deepEqual(shares(epoch), [], 'the old terms are forgotten after their grace');
  });

  it('end together with an offer to change them', () => {
    const chain = modules(2);
    link(chain, linkTerms(0, 1));
    const better = linkTerms(0, 1, { shareBps: 9000 });
    chain.ok('M0', propose(better));
    chain.ok('M0', dissolve(0, 1));
    chain.fails('M1', 'UNKNOWN_PROPOSAL', accept(better));
    assert.deepEqual(proposalsOfChild(chain.state, 1), []);
  });

  it('have proposals that expire, and can be taken back or turned down', () => {
    const chain = modules(2);
    chain.fails('M0', 'EXPIRY_OUT_OF_RANGE', propose(linkTerms(0, 1), 10_001));
    chain.nextEpoch();
    chain.fails('M0', 'EXPIRY_OUT_OF_RANGE', propose(linkTerms(0, 1), 0));
    chain.ok('M0', propose(linkTerms(0, 1), 1));
    chain.nextEpoch();
    chain.fails('M1', 'PROPOSAL_EXPIRED', accept(linkTerms(0, 1)));
    chain.nextEpoch(3);
    chain.fails('M1', 'UNKNOWN_PROPOSAL', accept(linkTerms(0, 1)));
    for (const side of ['M0', 'M1']) {
      chain.ok('M0', propose(linkTerms(0, 1)));
      chain.ok(side, dissolve(0, 1));
      chain.fails('M1', 'UNKNOWN_PROPOSAL', accept(linkTerms(0, 1)));
    }
    chain.fails('M0', 'UNKNOWN_LINK', dissolve(0, 1));
  });

  it('are refused where too many hang together to be searched', () => {
    const chain = modules(2);
    const draft = new Draft(chain.state);
    for (let child = 100; child < 100 + LINK_SEARCH_LIMIT; child++)
      addLink(draft, { terms: linkTerms(1, child), fromEpoch: 0, untilEpoch: null });
    requireTree(draft, linkTerms(0, 1), 1);
    addLink(draft, { terms: linkTerms(1, 99), fromEpoch: 0, untilEpoch: null });
    assert.throws(() => requireTree(draft, linkTerms(0, 1), 1), { code: 'LINK_GRAPH_TOO_LARGE' });
  });

  it('carry metadata inline or by reference', () => {
    const chain = modules(3);
    link(chain, linkTerms(0, 1, { metadata: { ...NO_METADATA, data: new Uint8Array(120) } }));
    const metadata = { kind: 'reference', uri: 'ipfs://x', sha256: `0x${'ab'.repeat(32)}` } as const;
    link(chain, linkTerms(0, 2, { metadata }));
    assert.deepEqual(getLink(chain.state, 0, 2)?.terms.metadata, metadata);
  });
});
