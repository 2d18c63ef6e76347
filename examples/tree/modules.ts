/** A tree four levels high: a paper, its desks, their writers, and a dictionary that one writer asks. */
import { createReplicaSet, defineModule, type ModuleDefinition } from '../../module/index.ts';

const PRICE = 10_007n;

/** Answered by the children, for parents only: what a module in the middle of a tree does. */
const middle = (alias: string): ModuleDefinition =>
  defineModule({
    alias,
    functions: { line: createReplicaSet().serve({ price: 0n, allow: 'parents' }) },
  });

const leaf = (alias: string): ModuleDefinition =>
  defineModule({
    alias,
    functions: { line: { price: 0n, allow: 'parents', run: () => ({ line: `a line by ${alias}` }) } },
  });

export const paper = createReplicaSet();

/** From the leaves up, so that each module serves when its parent looks for it. */
export const MODULES: readonly ModuleDefinition[] = [
  leaf('dictionary'),
  middle('writer-north'),
  leaf('writer-south'),
  middle('desk-north'),
  middle('desk-south'),
  defineModule({ alias: 'paper', functions: { line: paper.serve({ price: PRICE }) } }),
];

/** Parent, child, percent of the parent's revenue. */
export const LINKS = [
  ['paper', 'desk-north', 33],
  ['paper', 'desk-south', 33],
  ['desk-north', 'writer-north', 50],
  ['desk-south', 'writer-south', 25],
  ['writer-north', 'dictionary', 11],
] as const;
