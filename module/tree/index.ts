/** Trees of modules: replica sets, subnets, and the links that they live on. */
export type { Check } from './attempt.ts';
export type { Child } from './children.ts';
export { type Clock, systemClock } from './clock.ts';
export { type FormLinkOptions, formLink } from './formLink.ts';
export type { Health } from './health.ts';
export { accepts, type LinkOffer, type LinkPolicy, type LinkRule } from './policy.ts';
export { createReplicaSet, type ReplicaSetOptions } from './replicas.ts';
export type { Bounds, Router, RouterOptions, ServeTerms } from './router.ts';
export { MAX_SCORE } from './scores.ts';
export type { ProposedShares, ShareChange, SharePlan } from './shares.ts';
export { type ChildScore, createSubnet, type Subnet, type SubnetOptions } from './subnet.ts';
