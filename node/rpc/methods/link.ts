import { z } from 'zod';
import {
  chainError,
  getLink,
  getProposal,
  Link,
  linkKey,
  linksOfChild,
  linksOfParent,
  MAX_LINK_DEPTH,
  type Module,
  proposalsOfChild,
  proposalsOfParent,
  type State,
} from '../../../chain/index.ts';
import type { Wire } from '../../client/wire.ts';
import { addressOf } from '../addresses.ts';
import { currentEpoch, linkJson, moduleOf, proposalJson } from '../modules.ts';
import { prove } from '../proofs.ts';
import { method } from '../schema.ts';
import * as s from '../schemas.ts';

const pair = z.strictObject({ parent: s.moduleReference, child: s.moduleReference });
const one = z.strictObject({ module: s.moduleReference });

export const linkMethods = [
  method('link_get', {
    description: 'The newest link between two modules, or else the open proposal of one.',
    params: pair,
    result: s.link,
    run({ api }, params) {
      const state = api.state();
      const parent = moduleOf(state, params.parent).id;
      const child = moduleOf(state, params.child).id;
      const epoch = currentEpoch(state);
      const link = getLink(state, parent, child);
      const proposal = getProposal(state, parent, child);
      const newest = link === undefined ? undefined : linkJson(link, epoch);
      if (newest !== undefined && (newest.status !== 'dissolved' || proposal === undefined)) return newest;
      if (proposal !== undefined) return proposalJson(proposal);
      throw chainError('UNKNOWN_LINK', { parent, child });
    },
  }),
  method('link_children', {
    description: 'Links of which a module is the parent, open proposals included, ascending by child.',
    params: one,
    result: z.array(s.link),
    run({ api }, { module }) {
      const state = api.state();
      const { id } = moduleOf(state, module);
      const open = proposalsOfParent(state, id).map(proposalJson);
      return withProposals(state, linksOfParent(state, id), open, 'child');
    },
  }),
  method('link_parents', {
    description: 'Links of which a module is the child, open proposals included, ascending by parent.',
    params: one,
    result: z.array(s.link),
    run({ api }, { module }) {
      const state = api.state();
      const { id } = moduleOf(state, module);
      const open = proposalsOfChild(state, id).map(proposalJson);
      return withProposals(state, linksOfChild(state, id), open, 'parent');
    },
  }),
  method('link_proposals', {
    description:
      'Proposals of links and of other terms for links that can be accepted now, with the module on either side: first those that name it as the parent, ascending by the other side.',
    params: one,
    result: z.array(s.link),
    run({ api }, { module }) {
      const state = api.state();
      const { id } = moduleOf(state, module);
      const epoch = currentEpoch(state);
      return [...proposalsOfParent(state, id), ...proposalsOfChild(state, id)]
        .filter(({ expires }) => expires >= epoch)
        .map(proposalJson);
    },
  }),
  method('link_tree', {
    description: 'The tree of active links below a module.',
    params: z.strictObject({
      module: s.moduleReference,
      depth: z.number().int().min(0).max(MAX_LINK_DEPTH).optional().describe('Levels; all when absent.'),
    }),
    result: s.linkTree,
    run({ api }, { module, depth = MAX_LINK_DEPTH }) {
      const state = api.state();
      const nodes = { left: LARGEST_TREE };
      return tree(state, moduleOf(state, module), null, depth, currentEpoch(state), nodes);
    },
  }),
  method('link_proof', {
    description: 'The newest link between two modules, or its absence, with a proof.',
    params: pair,
    result: s.proof,
    run({ api }, { parent, child }) {
      const state = api.state();
      return prove(api, linkKey(moduleOf(state, parent).id, moduleOf(state, child).id), Link);
    },
  }),
];

/** A module below several parents stands in the tree once for each, so a small graph can make a large tree. */
const LARGEST_TREE = 10_000;

function withProposals(
  state: State,
  links: readonly Link[],
  open: readonly Wire['Link'][],
  other: 'parent' | 'child',
): Wire['Link'][] {
  const epoch = currentEpoch(state);
  const held = links.map(link => linkJson(link, epoch)).filter(({ status }) => status !== 'dissolved');
  return [...held, ...open].sort((a, b) => a[other] - b[other]);
}

function tree(
  state: State,
  module: Module,
  link: Link | null,
  depth: number,
  epoch: number,
  nodes: { left: number },
): Wire['LinkTree'] {
  nodes.left -= 1;
  const below = depth === 0 ? [] : linksOfParent(state, module.id, epoch);
  return {
    module: module.id,
    address: addressOf(module.account),
    alias: module.alias,
    kind: link?.terms.kind ?? null,
    shareBps: link?.terms.shareBps ?? null,
    children: below
      .slice(0, Math.max(nodes.left, 0))
      .map(each => tree(state, moduleOf(state, each.terms.child), each, depth - 1, epoch, nodes)),
  };
}
