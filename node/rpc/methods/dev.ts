import { z } from 'zod';
import {
  chainError,
  codeName,
  getConsensus,
  getEpoch,
  listSnapshots,
  MAX_CLOCK_AHEAD_MS,
  type OrdinaryCall,
} from '../../../chain/index.ts';
import { type ConsensusModule, encode, type Hex } from '../../../consensus/interface/index.ts';
import type { DevApi, NodeApi } from '../../api.ts';
import type { CallJson, Methods } from '../../client/wire.ts';
import { NodeError } from '../../errors.ts';
import type { WantedCode } from '../../mechanisms.ts';
import { PluginError } from '../../plugins/errors.ts';
import { toAccount } from '../addresses.ts';
import * as schemas from '../devSchemas.ts';
import { RpcFault } from '../errors.ts';
import { fromJson } from '../json.ts';
import { type Context, method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';
import { callFromJson } from '../transactions.ts';

const MOST_BLOCKS = 10_000;
const MOST_EPOCHS = 1_000;
/** To read what is final already. */
const FINAL_ALREADY_MS = 10_000;

export const devMethods = [
  method('dev_setBalance', {
    description: 'Sets the free balance of an account; answers once it is final.',
    params: z.strictObject({ address: s.address, free: s.amount }),
    result: z.null(),
    async run(context, { address, free }) {
      await devOf(context).setBalance(toAccount(address), BigInt(free));
      return null;
    },
  }),
  method('dev_mint', {
    description: 'The faucet: new money for an account; answers once it is final.',
    params: z.strictObject({ address: s.address, amount: s.amount }),
    result: z.null(),
    async run(context, { address, amount }) {
      await devOf(context).mint(toAccount(address), BigInt(amount));
      return null;
    },
  }),
  method('dev_mine', {
    description: 'Makes blocks at once.',
    params: z.strictObject({
      blocks: z.number().int().min(1).max(MOST_BLOCKS).optional().describe('1 when absent.'),
    }),
    result: z.strictObject({ height: s.count }),
    run: async (context, { blocks = 1 }) => ({ height: await devOf(context).mine(blocks) }),
  }),
  method('dev_advanceEpoch', {
    description: 'Starts new epochs at once.',
    params: z.strictObject({
      epochs: z.number().int().min(1).max(MOST_EPOCHS).optional().describe('1 when absent.'),
    }),
    result: z.strictObject({ epoch: s.count }),
    run: async (context, { epochs = 1 }) => ({ epoch: await devOf(context).advanceEpoch(epochs) }),
  }),
  method('dev_increaseTime', {
    description:
      'Puts the time of all blocks to come forward, on all nodes; answers with that of the first of them. It survives restarts.',
    params: z.strictObject({ ms: z.number().int().min(1).max(MAX_CLOCK_AHEAD_MS) }),
    result: schemas.blockTime,
    run: (context, { ms }) => devOf(context).increaseTime(ms),
  }),
  method('dev_snapshot', {
    description: 'A snapshot of the state after a block, on all nodes; answers once that is final.',
    params: z.strictObject({
      name: schemas.snapshotName.optional().describe('snapshot-1 and so on when absent.'),
    }),
    result: schemas.snapshot,
    run: (context, { name }) => devOf(context).snapshot(name),
  }),
  method('dev_listSnapshots', {
    description: 'The snapshots to which the chain can go back, the oldest first.',
    params: noParams,
    result: z.array(schemas.snapshot),
    async run(context) {
      devOf(context);
      return listSnapshots(context.api.state()).map(([, { name, height }]) => ({ name, height }));
    },
  }),
  method('dev_revert', {
    description:
      'A new block has the state of a snapshot, on all nodes; answers once it is final. Heights, nonces and time go on. The snapshot stays, those taken after it are forgotten.',
    params: z.strictObject({ name: schemas.snapshotName }),
    result: schemas.wentBack,
    run: (context, { name }) => devOf(context).revert(name),
  }),
  method('dev_impersonate', {
    description:
      'A call in the name of an account that did not sign it; answers once it is final, whether it succeeded or not. The dev authority pays the fee, and the nonce of the account stays.',
    params: z.strictObject({ from: s.address, call: s.call }),
    result: s.final,
    async run(context, { from, call }) {
      const dev = devOf(context);
      const hash = await dev.impersonate(toAccount(from), ordinaryCall(call, context.api));
      return context.waiter.wait(hash, FINAL_ALREADY_MS);
    },
  }),
  method('dev_installConsensus', {
    description:
      'Announces code that the node finds in its plugins directory, under a new consensus id or as an upgrade; answers once that is final.',
    params: z.strictObject({
      id: s.u32.describe('Consensus id.'),
      name: z.string().max(64),
      version: z.string().max(32),
      codeHash: s.hash,
      capabilities: z.array(z.string().max(32)).max(32).optional().describe('Those it requires when absent.'),
      mintCap: s.amount.optional().describe('In one epoch; 0 when absent.'),
      params: z.unknown().optional().describe('JSON after the codec of the parameters; only for a new id.'),
      epoch: s.count.optional().describe('In force from this one on; the next one when absent.'),
    }),
    result: z.strictObject({ id: s.u32, activeFrom: s.count.describe('Epoch.') }),
    run: install,
  }),
  method('dev_cancelConsensus', {
    description: 'Takes back code that is announced and not in force yet; answers once that is final.',
    params: z.strictObject({ id: s.u32 }),
    result: z.null(),
    async run(context, { id }) {
      await devOf(context).cancelConsensus(id);
      return null;
    },
  }),
  method('dev_getBlockMode', {
    description: 'When this node makes blocks, as it was started or told since.',
    params: noParams,
    result: s.blockMode,
    run: context => devOf(context).blockMode(),
  }),
  method('dev_setBlockMode', {
    description: 'When blocks are made, on this node and on all that it reaches; until they start anew.',
    params: z.strictObject({ mode: s.blockMode }),
    result: z.null(),
    async run(context, { mode }) {
      await devOf(context).setBlockMode(mode);
      return null;
    },
  }),
  method('dev_pluginReload', {
    description:
      'Looks at the plugins directory of this node again, and starts the plugin of this name anew; answers when each new one runs or has failed.',
    params: z.strictObject({
      name: z.string().max(64).optional().describe('None is started anew when absent.'),
    }),
    result: z.array(s.plugin),
    async run(context, { name }) {
      devOf(context);
      return context.api.plugins().reload(name);
    },
  }),
  method('dev_pluginRelease', {
    description: 'Ends the quarantine of a plugin of this node and starts it again.',
    params: z.strictObject({ name: z.string().max(64) }),
    result: s.plugin,
    async run(context, { name }) {
      devOf(context);
      return context.api.plugins().release(name);
    },
  }),
  method('dev_setFaults', {
    description:
      'Faults on purpose in what this node sends, by peer id, in place of those before. For a whole cluster ask its gateway: dev_partition, dev_latency, dev_loss, dev_heal.',
    params: z.strictObject({ rules: s.faultRules }),
    result: z.null(),
    run(context, { rules }) {
      devOf(context).setFaults(rules);
      return null;
    },
  }),
  method('dev_getFaults', {
    description: 'The faults in what this node sends, and what they have done.',
    params: noParams,
    result: z.strictObject({ rules: s.faultRules, counters: s.faultCounters }),
    run: context => devOf(context).faults(),
  }),
];

/** Throws FORBIDDEN_ORIGIN, NOT_A_DEVNET. */
export function devOf({ api, trusted }: Context): DevApi {
  if (!trusted) throw new RpcFault('FORBIDDEN_ORIGIN', 'this page may not use dev_ methods');
  if (api.dev === null) throw new RpcFault('NOT_A_DEVNET', `${api.info.chainId} is not a devnet`);
  return api.dev;
}

/** Throws {@link RpcFault} for a dev operation: those have an authority of their own. */
function ordinaryCall(json: CallJson, api: NodeApi): OrdinaryCall {
  const call = callFromJson(json, api);
  if (call.kind !== 'dev') return call;
  throw new RpcFault('INVALID_PARAMS', 'call.kind: a dev operation is not done in the name of somebody else');
}

type InstallParams = Methods['dev_installConsensus']['params'];

/** The node looks at the code itself, in a process of its own: what it is and what parameters it takes. */
async function install(context: Context, asked: InstallParams): Promise<{ id: number; activeFrom: number }> {
  const dev = devOf(context);
  const { api } = context;
  const { id, name, version } = asked;
  const codeHash = asked.codeHash as Hex;
  const module = await described(api, { id, name, version, codeHash });
  const capabilities = asked.capabilities ?? module.info.requires;
  requireCapabilities(module, capabilities);
  const state = api.state();
  const activationEpoch = asked.epoch ?? getEpoch(state).number + 1;
  await dev.installConsensus({
    id,
    name,
    version,
    codeHash,
    stateVersion: module.info.stateVersion,
    capabilities,
    mintCap: BigInt(asked.mintCap ?? '0'),
    params:
      getConsensus(state, id) === undefined ? paramsOf(module, asked.params ?? {}) : upgradeParams(asked),
    activationEpoch,
  });
  return { id, activeFrom: activationEpoch };
}

/** What the chain would find out when it comes into force. Throws MISSING_CAPABILITY. */
function requireCapabilities({ info }: ConsensusModule, granted: readonly string[]): void {
  const missing = info.requires.filter(capability => !granted.includes(capability));
  if (missing.length > 0)
    throw chainError('MISSING_CAPABILITY', { name: codeName(info), capability: missing.join(', ') });
}

/** Code that is not here, or does not start, is nothing that the other nodes should be asked for. */
async function described(api: NodeApi, wanted: WantedCode): Promise<ConsensusModule> {
  try {
    return await api.describe(wanted);
  } catch (error) {
    if (!(error instanceof NodeError || error instanceof PluginError)) throw error;
    throw new RpcFault('NO_MECHANISM', error.message, { hint: error.hint, cause: error });
  }
}

const paramsOf = ({ params }: ConsensusModule, json: unknown): Uint8Array =>
  encode(params, fromJson(params, json, 'params'));

/** Parameters for an upgrade are refused by the chain; none are needed. */
const upgradeParams = ({ params }: InstallParams): Uint8Array =>
  params === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(params));
