/** Schemas that several methods share. Those with a name stand in `components/schemas` of the OpenRPC document. */
import { z } from 'zod';
import { LINK_KINDS, OFFENCE_KINDS } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { CallJson, SignedJson, Wire } from '../client/wire.ts';
import type { FaultCountersJson, FaultRulesJson } from '../client/wireCluster.ts';
import type { PluginJson } from '../client/wirePlugins.ts';
import { FaultRules } from '../options.ts';

/** Schemas by their name in the OpenRPC document. */
export const named = new Map<string, z.ZodType>();

export function name<Schema extends z.ZodType>(id: string, description: string, schema: Schema): Schema {
  const described = schema.describe(description);
  named.set(id, described);
  return described;
}

/** The compiler cannot read a pattern. */
const hexText = (pattern: RegExp, message: string): z.ZodType<Hex> =>
  z.string().regex(pattern, message) as z.ZodType<string> as z.ZodType<Hex>;

export const address = name('Address', 'SS58 address, prefix 42.', z.string().max(64));
export const amount = name(
  'Amount',
  'Base units as a decimal string; 1 token = 10^9.',
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,19})$/, {
      error: 'expected base units as a decimal string, e.g. "1000000000"',
      abort: true,
    })
    .refine(text => BigInt(text) <= 0xffff_ffff_ffff_ffffn, 'does not fit 64 bits'),
);
export const hash = name(
  'Hash',
  'sha256 digest as lower-case 0x hex.',
  hexText(/^0x[0-9a-f]{64}$/, 'expected 32 bytes as lower-case 0x hex'),
);
export const hex = name(
  'Bytes',
  'Bytes as lower-case 0x hex.',
  hexText(/^0x([0-9a-f]{2})*$/, 'expected bytes as lower-case 0x hex'),
);
/** Heights, epochs, counters, milliseconds. */
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const u32 = z.number().int().min(0).max(0xffff_ffff);
export const bps = z.number().int().min(0).max(10_000);
export const moduleReference = name(
  'ModuleReference',
  'A module by its id, address or alias.',
  z.union([u32, z.string().min(1).max(64)]),
);
export const timeout = z
  .number()
  .int()
  .min(1)
  .max(120_000)
  .optional()
  .describe('Milliseconds; 30000 when absent.');
const linkKind = z.enum(LINK_KINDS);

export const call: z.ZodType<CallJson> = name(
  'Call',
  'What a transaction does: `kind` and the fields of that kind, addresses as SS58, amounts as decimal strings. The arguments of a consensus method are raw bytes or JSON after its codec.',
  z.looseObject({ kind: z.string() }),
) as z.ZodType<unknown> as z.ZodType<CallJson>;

export const signed: z.ZodType<SignedJson> = name(
  'SignedTransaction',
  'Canonical bytes of a signed transaction; or the `unsigned` bytes of tx_build with a signature that starts with its scheme byte.',
  z.union([hex, z.strictObject({ unsigned: hex, signature: hex })]),
);

export const failure: z.ZodType<Wire['Failure']> = name(
  'Failure',
  'Why a transaction failed.',
  z.strictObject({ name: z.string(), message: z.string(), hint: z.string() }),
);
const eventFields = {
  source: u32.nullable().describe('Consensus id; null for the kernel.'),
  name: z.string(),
  data: z.unknown().describe('JSON after the codec of the event; hex if this node does not know it.'),
};
export const outcomeFields = {
  ok: z.boolean(),
  error: failure.optional(),
  weight: count,
  fee: amount,
  events: z.array(name('Event', 'Something that happened.', z.strictObject(eventFields))),
};
export const outcome: z.ZodType<Wire['Outcome']> = name(
  'Outcome',
  'What a transaction does to the chain.',
  z.strictObject(outcomeFields),
);
export const finalFields = { hash, height: count, index: count, ...outcomeFields };
export const final: z.ZodType<Wire['Final']> = name(
  'FinalTransaction',
  'A transaction that stands in a final block. `ok` says whether it succeeded.',
  z.strictObject(finalFields),
);
const sentFields = { from: address, nonce: count, feeLimit: amount, expiry: count.nullable(), call };
export const transactionStatus: z.ZodType<Wire['TransactionStatus']> = name(
  'TransactionStatus',
  'Where a transaction is.',
  z.union([
    z.strictObject({ status: z.literal('pending'), hash, transaction: z.strictObject(sentFields) }),
    z.strictObject({
      status: z.literal('unknown'),
      hash,
      from: count.optional().describe('The first height whose transactions the node knows, if not 1.'),
    }),
    z.strictObject({ status: z.literal('dropped'), hash, error: failure }),
    z.strictObject({
      status: z.literal('reverted'),
      hash,
      height: count,
      index: count,
      by: count.describe('Height of the block that took it back.'),
    }),
    z.strictObject({ status: z.literal('final'), ...finalFields }),
  ]),
);

export const plugin: z.ZodType<PluginJson> = name(
  'Plugin',
  'A plugin of one node.',
  z.strictObject({
    name: z.string(),
    version: z.string().nullable().describe('null where its manifest cannot be read.'),
    provides: z.enum(['consensus', 'service']).nullable(),
    codeHash: z.string().nullable().describe('sha256; null for code that comes with the node.'),
    signers: z.array(z.string()).describe('Maintainers whose signature is right.'),
    trusted: z.array(z.string()).describe('Those of them that the operator of the node trusts.'),
    capabilities: z.array(z.string()),
    tier: z.enum(['T1', 'T2', 'T3']).nullable().describe('The isolation that it runs in.'),
    state: z.enum([
      'refused',
      'available',
      'blocked',
      'starting',
      'running',
      'waiting',
      'quarantined',
      'stopped',
    ]),
    reason: z.string().nullable().describe('Why it does not run.'),
    address: address.nullable().describe('The account of a service on this node.'),
    restarts: count,
    errors: count,
    lastError: z.string().nullable(),
    memory: count.nullable().describe('Resident bytes; null where the system does not tell.'),
    cpu: z.number().min(0).nullable().describe('Seconds of CPU; null where the system does not tell.'),
  }),
);

export const head: z.ZodType<Wire['Head']> = name(
  'Head',
  'A block in short.',
  z.strictObject({
    height: count,
    hash,
    parentHash: hash,
    time: count,
    epoch: count,
    proposer: address,
    stateRoot: hash,
    transactions: count.describe('How many.'),
  }),
);
const header: z.ZodType<Wire['Header']> = name(
  'Header',
  'A block header.',
  z.strictObject({
    version: count,
    chainId: z.string(),
    height: count,
    time: count,
    epoch: count,
    parentHash: hash,
    proposer: address,
    transactionsRoot: hash,
    evidenceRoot: hash,
    stateRoot: hash,
    eventsRoot: hash,
    lastCommitHash: hash,
    validatorsHash: hash,
    nextValidatorsHash: hash,
  }),
);
const commit: z.ZodType<Wire['Commit']> = name(
  'Commit',
  'Precommits of more than two thirds of the power.',
  z.strictObject({
    height: count,
    round: count,
    blockHash: hash,
    signatures: z.array(z.strictObject({ validator: address, signature: hex })),
  }),
);
const offenceFields = { kind: z.enum(OFFENCE_KINDS), height: count, round: count };
const signedSide = z.strictObject({
  blockHash: hash.nullable(),
  validRound: count.nullable().optional(),
  signature: hex,
});
const evidence: z.ZodType<Wire['Evidence']> = name(
  'Evidence',
  'Two messages of one validator where it may sign one: what differs in them.',
  z.strictObject({ ...offenceFields, validator: address, first: signedSide, second: signedSide }),
);
export const block: z.ZodType<Wire['Block']> = name(
  'Block',
  'A final block with what became of its transactions.',
  z.strictObject({
    hash,
    header,
    transactions: z.array(
      z.strictObject({
        hash,
        index: count,
        ...sentFields,
        signature: hex,
        ok: z.boolean(),
        error: failure.optional(),
        weight: count,
        fee: amount,
      }),
    ),
    evidence: z.array(evidence),
    events: z.array(z.strictObject({ ...eventFields, transaction: count.nullable() })),
    commit,
  }),
);
export const unsigned: z.ZodType<Wire['Unsigned']> = name(
  'UnsignedTransaction',
  'Sign `message`; then submit `unsigned` with the signature.',
  z.strictObject({
    chainId: z.string(),
    from: address,
    nonce: count,
    feeLimit: amount,
    expiry: count.nullable(),
    call,
    unsigned: hex,
    message: hex,
  }),
);

export const account: z.ZodType<Wire['Account']> = name(
  'Account',
  'An account after the last block.',
  z.strictObject({
    address,
    nonce: count,
    nextNonce: count.describe('Counting what waits in the pool.'),
    free: amount,
    staked: amount,
    thawing: amount,
    reserved: amount.describe('Escrow held as a client, thawing parts included.'),
  }),
);
export const validator: z.ZodType<Wire['Validator']> = name(
  'Validator',
  'A voter and its power in whole tokens.',
  z.strictObject({ validator: address, power: count }),
);
export const voter: z.ZodType<Wire['Voter']> = name(
  'Voter',
  'A voter, its power in whole tokens, and for what it lost stake in the last epochs.',
  z.strictObject({ validator: address, power: count, offences: z.array(z.strictObject(offenceFields)) }),
);
export const proof: z.ZodType<Wire['Proof']> = name(
  'Proof',
  'A value, or its absence, with its path in the state tree, the header whose state root it leads to, and who voted for that.',
  z.strictObject({
    key: hex,
    value: hex.nullable(),
    decoded: z.unknown(),
    proof: hex,
    header,
    commit,
    validators: z.array(validator),
  }),
);

const metadata: z.ZodType<Wire['Metadata']> = name(
  'Metadata',
  'At most 120 bytes, or where they are.',
  z.union([
    z.strictObject({ kind: z.literal('inline'), data: hex }),
    z.strictObject({ kind: z.literal('reference'), uri: z.string(), sha256: hash }),
  ]),
);
const prices = z.array(z.strictObject({ fn: z.string(), price: amount }));
export const module: z.ZodType<Wire['Module']> = name(
  'Module',
  'A module as of the current epoch.',
  z.strictObject({
    id: u32,
    address,
    alias: z.string(),
    url: z.string(),
    consensus: u32,
    prices,
    pending: z
      .strictObject({ fromEpoch: count, consensus: u32, prices })
      .nullable()
      .describe('What holds from a later epoch.'),
    bindings: z
      .array(z.strictObject({ fromEpoch: count, consensus: u32 }))
      .describe('Which consensus module settles the calls of an epoch, as far back as they can be claimed.'),
    metadata,
    maxLinks: u32,
    registeredEpoch: count,
    retiredEpoch: count.nullable(),
  }),
);
export const link: z.ZodType<Wire['Link']> = name(
  'Link',
  'A link of two modules, or the proposal of one.',
  z.strictObject({
    parent: u32,
    child: u32,
    kind: linkKind,
    shareBps: bps,
    alias: z.string(),
    metadata,
    status: z.enum(['proposed', 'accepted', 'active', 'dissolved']),
    fromEpoch: count.nullable(),
    untilEpoch: count.nullable(),
    termsHash: hash,
    proposal: z.strictObject({ proposer: z.enum(['parent', 'child']), expires: count }).optional(),
  }),
);
export const linkTree: z.ZodType<Wire['LinkTree']> = name(
  'LinkTree',
  'A module and the active links below it.',
  z.strictObject({
    module: u32,
    address,
    alias: z.string(),
    kind: linkKind.nullable(),
    shareBps: bps.nullable(),
    get children(): z.ZodType<readonly Wire['LinkTree'][]> {
      return z.array(linkTree);
    },
  }),
);
export const stakes: z.ZodType<Wire['Stakes']> = name(
  'Stakes',
  'What an account has staked.',
  z.strictObject({
    address,
    staked: amount,
    thawing: amount,
    stakes: z.array(
      z.strictObject({
        target: z.union([
          z.strictObject({ kind: z.literal('module'), module: u32 }),
          z.strictObject({ kind: z.literal('validator'), validator: address }),
        ]),
        amount,
        thawing: z.array(z.strictObject({ amount, epoch: count })),
      }),
    ),
  }),
);
export const escrow: z.ZodType<Wire['Escrow']> = name(
  'Escrow',
  'What one client holds for one server.',
  z.strictObject({
    client: address,
    server: address,
    consensus: u32,
    amount,
    thawing: amount,
    thawEpoch: count.describe('0 while nothing thaws.'),
  }),
);
export const epoch: z.ZodType<Wire['Epoch']> = name(
  'Epoch',
  'An epoch and its heights.',
  z.strictObject({
    epoch: count,
    startHeight: count,
    endHeight: count.nullable().describe('null while it runs.'),
    startTime: count,
    graceEpochs: count,
    length: count.describe('Blocks per epoch.'),
  }),
);
export const settlement: z.ZodType<Wire['Settlement']> = name(
  'Settlement',
  'What closing an epoch moved, and the rows that caused it.',
  z.strictObject({
    consensus: u32,
    epoch: count,
    done: z.boolean(),
    closedIn: z.array(count).describe('Heights of the blocks in which the close was worked on.'),
    calls: count,
    total: amount,
    debits: z.array(z.strictObject({ client: address, server: address, amount })),
    credits: z.array(z.strictObject({ account: address, amount })),
    rows: z.array(
      z.strictObject({
        client: address,
        server: address,
        epoch: count.describe('Of the calls.'),
        calls: count,
        amount,
        status: z.string(),
        height: count.describe('Of the block with the claim.'),
      }),
    ),
  }),
);
export const nodeInfo: z.ZodType<Wire['NodeInfo']> = name(
  'NodeInfo',
  'Who a node is, and how far it is.',
  z.strictObject({
    chainId: z.string(),
    name: z.string(),
    version: z.string(),
    peerId: z.string(),
    ordering: z.enum(['instant', 'tendermint']),
    validator: address.nullable(),
    height: count,
    base: count.describe('The first height whose block the node has.'),
    epoch: count,
    ready: z.boolean(),
    devnet: z.boolean(),
    missingCode: z
      .array(z.strictObject({ name: z.string(), version: z.string(), codeHash: hash }))
      .describe('Code that the chain needs, or will need, and the node lacks.'),
    sync: z
      .strictObject({ from: count, height: count, to: count, blocksPerSecond: count })
      .nullable()
      .describe('While the node fetches blocks that others decided; null otherwise.'),
  }),
);
export const peer: z.ZodType<Wire['Peer']> = name(
  'Peer',
  'Another node.',
  z.strictObject({
    id: z.string(),
    address: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    latency: z.number().nullable().describe('Milliseconds of a round trip.'),
    score: count.describe('Points left of 100; at 0 it is banned.'),
    droppedSlow: count.describe('Messages to it that were dropped because it read too slowly.'),
    droppedOverRate: count.describe('Messages of it that were dropped because it sent too fast.'),
  }),
);
export const ban: z.ZodType<Wire['Ban']> = name(
  'Ban',
  'A peer that the node talks to no more for now.',
  z.strictObject({
    id: z.string(),
    reason: z.string(),
    until: count.describe('Milliseconds since 1970.'),
  }),
);
export const blockMode: z.ZodType<Wire['BlockMode']> = name(
  'BlockMode',
  'When blocks are made.',
  z.union([
    z.strictObject({ kind: z.literal('auto'), emptyMs: z.number().int().min(10).max(3_600_000) }),
    z.strictObject({ kind: z.literal('interval'), ms: z.number().int().min(10).max(3_600_000) }),
    z.strictObject({ kind: z.literal('manual') }),
  ]),
);
export const faultRules: z.ZodType<FaultRulesJson> = name(
  'FaultRules',
  'Faults in what a node sends, by peer id, and the seed of their dice.',
  FaultRules,
);
export const faultCounters: z.ZodType<FaultCountersJson> = name(
  'FaultCounters',
  'Frames delayed and lost, links closed and refused, since the node started.',
  z.strictObject({ delayed: count, lost: count, cut: count, refused: count }),
);
