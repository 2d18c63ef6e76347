import { z } from 'zod';
import { CHOICES, GOV_STATUSES } from '../../chain/index.ts';
import type { ContentJson, ParameterJson, ProposalJson, VoteJson } from '../client/wireGov.ts';
import { address, amount, bps, count, failure, hash, hex, name, u32 } from './schemas.ts';

const content: z.ZodType<ContentJson> = name(
  'ProposalContent',
  'What is to happen when a proposal passes.',
  z.union([
    z.strictObject({ kind: z.literal('text'), uri: z.string(), sha256: hash }),
    z.strictObject({
      kind: z.literal('installConsensus'),
      id: u32,
      name: z.string(),
      version: z.string(),
      stateVersion: u32,
      codeHash: hash,
      capabilities: z.array(z.string()),
      mintCap: amount,
      params: hex,
      activationEpoch: count,
    }),
    z.strictObject({ kind: z.literal('cancelConsensus'), id: u32 }),
    z.strictObject({
      kind: z.literal('changeParameters'),
      changes: z.array(z.strictObject({ name: z.string(), value: amount })),
    }),
  ]),
) as z.ZodType<unknown> as z.ZodType<ContentJson>;

const verdict = z.enum(['passed', 'rejected', 'noQuorum']);

export const proposal: z.ZodType<ProposalJson> = name(
  'Proposal',
  'A proposal, how the votes stand, and what became of it.',
  z.strictObject({
    id: u32,
    proposer: address,
    title: z.string(),
    content,
    epoch: count.describe('In which it was made; the stake at its start votes.'),
    endEpoch: count.describe('First epoch in which no vote counts any more.'),
    status: z.enum(['open', ...GOV_STATUSES]),
    verdict: verdict.describe('What the votes say, also while it is open.'),
    tally: z.strictObject({ yes: amount, no: amount, abstain: amount }),
    electorate: amount.describe('All stake that can vote.'),
    rules: z.strictObject({
      bond: amount,
      votingEpochs: count,
      quorumBps: bps,
      thresholdBps: bps,
      vetoBps: bps,
    }),
    result: z
      .strictObject({ height: count, burned: amount.describe('Of the bond.'), error: failure.optional() })
      .nullable()
      .describe('null while it is open.'),
  }),
);

export const vote: z.ZodType<VoteJson> = name(
  'Vote',
  'A vote on a proposal.',
  z.strictObject({
    voter: address,
    choice: z.enum(CHOICES),
    weight: amount.describe('Stake that it brings now.'),
    isValidator: z.boolean().describe('Votes for stakers who do not vote themselves, too.'),
  }),
);

export const parameter: z.ZodType<ParameterJson> = name(
  'Parameter',
  'A parameter of the chain that proposals can change.',
  z.strictObject({ name: z.string(), value: amount, min: amount, max: amount }),
);
