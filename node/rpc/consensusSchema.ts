import { z } from 'zod';
import type { Wire } from '../client/wire.ts';
import { amount, count, hash, name, u32 } from './schemas.ts';

const jsonSchema = z.record(z.string(), z.unknown()).describe('JSON schema.');
export const consensus: z.ZodType<Wire['Consensus']> = name(
  'Consensus',
  'A registered consensus module.',
  z.strictObject({
    id: u32,
    name: z.string(),
    version: z.string(),
    codeHash: hash,
    kind: z.enum(['builtin', 'plugin']),
    status: z
      .enum(['active', 'pending', 'draining', 'missing'])
      .describe(
        'draining: an upgrade is due and waits for closes; missing: no code here for what is in force.',
      ),
    activeFrom: count.describe('Epoch.'),
    stateVersion: u32,
    mintCap: amount.describe('In one epoch.'),
    hasCode: z.boolean().describe('Whether this node has the code of what is to come.'),
    upgrade: z
      .strictObject({ version: z.string(), stateVersion: u32, codeHash: hash, activeFrom: count })
      .nullable()
      .describe('A higher version that is to come into force.'),
    capabilities: z.array(z.string()),
    pot: amount,
    methods: z.array(z.strictObject({ name: z.string(), description: z.string(), args: jsonSchema })),
    queries: z.array(
      z.strictObject({ name: z.string(), description: z.string(), args: jsonSchema, result: jsonSchema }),
    ),
  }),
);
