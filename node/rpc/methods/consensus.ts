import { z } from 'zod';
import {
  type ConsensusEntry,
  chainError,
  codeName,
  consensusRowKey,
  getConsensus,
  getEpoch,
  getInstallation,
  type Installation,
  LIMITS,
  listConsensus,
  listInstallations,
  type PinnedCode,
  reasonOf,
} from '../../../chain/index.ts';
import { builtinCodeHash, builtins } from '../../../consensus/index.ts';
import {
  type Codec,
  type ConsensusModule,
  decode,
  encode,
  fromHex,
  type Query,
} from '../../../consensus/interface/index.ts';
import type { NodeApi, Settlement } from '../../api.ts';
import type { Wire } from '../../client/wire.ts';
import { addressOf } from '../addresses.ts';
import { jsonSchemaOf } from '../codecSchema.ts';
import { consensus } from '../consensusSchema.ts';
import { RpcFault } from '../errors.ts';
import { fromJson, toJson } from '../json.ts';
import { prove } from '../proofs.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const consensusMethods = [
  method('consensus_list', {
    description: 'The registered consensus modules with their methods and queries.',
    params: noParams,
    result: z.array(consensus),
    run: ({ api }) => listed(api),
  }),
  method('consensus_query', {
    description: 'Asks a consensus module one of its read-only queries, at the last block.',
    params: z.strictObject({
      id: s.u32.describe('Consensus id.'),
      query: z.string().max(64),
      args: z.unknown().optional().describe('JSON after the codec of the query.'),
    }),
    result: z.unknown(),
    run: ({ api }, params) => answer(api, params),
  }),
  method('consensus_proof', {
    description: 'A row of the storage of a consensus module, or its absence, with a proof.',
    params: z.strictObject({
      id: s.u32.describe('Consensus id.'),
      key: s.hex.describe('As the module keeps it, up to 256 bytes; its queries or its documents tell it.'),
    }),
    result: s.proof,
    run({ api }, { id, key }) {
      if (getConsensus(api.state(), id) === undefined)
        throw chainError('UNKNOWN_CONSENSUS', { consensus: id });
      const own = fromHex(key);
      if (own.length > LIMITS.storageKey)
        throw new RpcFault('INVALID_PARAMS', `a key has at most ${LIMITS.storageKey} bytes`);
      return prove(api, consensusRowKey(id, own), null);
    },
  }),
  method('consensus_settlement', {
    description: 'What closing an epoch moved, and the rows that caused it; empty if nothing was claimed.',
    params: z.strictObject({ id: s.u32.describe('Consensus id.'), epoch: s.count }),
    result: s.settlement,
    async run({ api }, { id, epoch }) {
      const state = api.state();
      if (getConsensus(state, id) === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus: id });
      const base = api.base();
      if (epoch < base.settlementsFrom)
        throw new RpcFault(
          'EPOCH_PRUNED',
          `this node knows settlements from epoch ${base.settlementsFrom} on`,
          { fields: { base: base.height } },
        );
      const found = await api.settlement(id, epoch);
      if (found !== null) return settlementJson(found);
      const current = getEpoch(state).number;
      if (epoch >= current)
        throw new RpcFault('EPOCH_NOT_CLOSED', `epoch ${epoch} is not closed, the current one is ${current}`);
      return {
        consensus: id,
        epoch,
        done: true,
        closedIn: [],
        calls: 0,
        total: '0',
        debits: [],
        credits: [],
        rows: [],
      };
    },
  }),
];

/** What is in force and what is to come, ascending by id. */
function listed(api: NodeApi): Wire['Consensus'][] {
  const state = api.state();
  const lacking = new Set(api.missingCode().map(({ codeHash }) => codeHash));
  const mechanisms = api.mechanisms();
  const entries = listConsensus(state);
  const inForce = new Set(entries.map(({ id }) => id));
  const active = entries.map(entry => {
    const upgrade = getInstallation(state, entry.id);
    const isDue = upgrade !== undefined && upgrade.activationEpoch <= getEpoch(state).number;
    const module = mechanisms.get(entry.id);
    const status = module === undefined ? 'missing' : isDue ? 'draining' : 'active';
    const hasCode = module !== undefined && (upgrade === undefined || !lacking.has(upgrade.codeHash));
    return entryJson(entry, module, {
      status,
      hasCode,
      upgrade: upgrade === undefined ? null : upgradeJson(upgrade),
    });
  });
  const pending = listInstallations(state)
    .filter(({ id }) => !inForce.has(id))
    .map(entry =>
      entryJson({ ...entry, pot: 0n }, undefined, {
        status: 'pending',
        hasCode: !lacking.has(entry.codeHash),
        upgrade: null,
      }),
    );
  return [...active, ...pending].sort((a, b) => a.id - b.id);
}

const upgradeJson = ({ version, stateVersion, codeHash, activationEpoch }: Installation) => ({
  version,
  stateVersion,
  codeHash,
  activeFrom: activationEpoch,
});

function entryJson(
  entry: (Installation & { readonly pot: bigint }) | ConsensusEntry,
  module: ConsensusModule | undefined,
  state: Pick<Wire['Consensus'], 'status' | 'hasCode' | 'upgrade'>,
): Wire['Consensus'] {
  return {
    id: entry.id,
    name: entry.name,
    version: entry.version,
    stateVersion: entry.stateVersion,
    codeHash: entry.codeHash,
    kind: isBuiltin(entry) ? 'builtin' : 'plugin',
    ...state,
    activeFrom: entry.activationEpoch,
    mintCap: String(entry.mintCap),
    capabilities: entry.capabilities,
    pot: String(entry.pot),
    methods: Object.entries(module?.calls ?? {}).map(([name, { description, codec }]) => ({
      name,
      description,
      args: jsonSchemaOf((codec as Codec<unknown>).schema),
    })),
    queries: Object.entries(module?.queries ?? {}).map(([name, { description, codec, result }]) => ({
      name,
      description,
      args: jsonSchemaOf((codec as Codec<unknown>).schema),
      result: jsonSchemaOf((result as Codec<unknown>).schema),
    })),
  };
}

function isBuiltin(pinned: PinnedCode): boolean {
  const own = builtins[codeName(pinned)];
  return own !== undefined && builtinCodeHash(own) === pinned.codeHash;
}

interface Asked {
  readonly id: number;
  readonly query: string;
  readonly args?: unknown;
}

async function answer(api: NodeApi, { id, query: name, args = {} }: Asked): Promise<unknown> {
  if (getConsensus(api.state(), id) === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus: id });
  const module = api.mechanisms().get(id);
  if (module === undefined) throw new RpcFault('NO_MECHANISM', `no code for consensus module ${id} here`);
  const queries = module.queries ?? {};
  const query = Object.hasOwn(queries, name) ? queries[name] : undefined;
  if (query === undefined)
    throw new RpcFault('UNKNOWN_QUERY', `${module.info.name} has no query ${name}`, {
      hint: `Its queries: ${Object.keys(queries).join(', ') || 'none'}.`,
    });
  const value = fromJson(query.codec as Codec<unknown>, args, 'args');
  return toJson(query.result as Codec<unknown>, await run(api, id, { name, ...query }, value));
}

/** At the last block. What the module throws is its own defect, or a read beyond its capabilities. */
async function run(
  api: NodeApi,
  id: number,
  { name, codec, result }: Query<unknown, unknown> & { readonly name: string },
  args: unknown,
): Promise<unknown> {
  try {
    return decode(result, await api.query(id, { name, args: encode(codec, args) }));
  } catch (cause) {
    throw new RpcFault('QUERY_FAILED', reasonOf(cause), { cause });
  }
}

const settlementJson = (settlement: Settlement): Wire['Settlement'] => ({
  ...settlement,
  total: String(settlement.total),
  debits: settlement.debits.map(({ client, server, amount }) => ({
    client: addressOf(client),
    server: addressOf(server),
    amount: String(amount),
  })),
  credits: settlement.credits.map(({ account, amount }) => ({
    account: addressOf(account),
    amount: String(amount),
  })),
  rows: settlement.rows.map(row => ({
    ...row,
    client: addressOf(row.client),
    server: addressOf(row.server),
    amount: String(row.amount),
  })),
});
