/** What a test says about its chain, made into a genesis. */
import { createHash } from 'node:crypto';
import { DEFAULT_RULES, type Genesis, type Mechanisms, TOKEN } from '../../chain/index.ts';
import { builtinGenesis, consensus0 } from '../../consensus/index.ts';
import {
  type Account,
  type Capability,
  type ConsensusModule,
  encode,
  type Hex,
} from '../../consensus/interface/index.ts';
import { accountOf } from './people.ts';

export interface ChainOptions {
  /** Consensus modules under the ids 1, 2, ... in this order; consensus-0 is id 0. */
  readonly modules?: readonly (ConsensusModule | Installed)[];
  /** Names, each with `balance` of base units; alice to ferdie without it. A table names the balance of each. */
  readonly accounts?: readonly string[] | Readonly<Record<string, bigint>>;
  /** Base units, 1,000 tokens without it. */
  readonly balance?: bigint;
  /** Blocks per epoch. Only what mines blocks notices: `advanceEpoch` does not wait for them. */
  readonly epochLength?: number;
  readonly graceEpochs?: number;
  readonly unstakeEpochs?: number;
  /** Base units per unit of weight. 0 without it, so that balances in tests are round; a devnet asks for more. */
  readonly feePerWeight?: bigint;
  /** Header time of the genesis, in milliseconds; each block comes a second later. */
  readonly time?: number;
  /** Whether the whole state is checked after each block. On without it; off for histories of many thousand blocks. */
  readonly checkInvariants?: boolean;
}

/** A consensus module with what the chain registers along with it. */
export interface Installed {
  readonly module: ConsensusModule;
  readonly id?: number;
  /** Parameters of its genesis; `{}` without it. */
  readonly params?: unknown;
  /** Most new money per epoch, in base units, for a module with the capability `mint`. */
  readonly mintCap?: bigint;
  /** What the chain grants; all that the module requires without it. */
  readonly capabilities?: readonly Capability[];
}

export interface Setup {
  readonly genesis: Genesis;
  readonly mechanisms: Mechanisms;
}

export const CHAIN_ID = 'testing';
/** Makes the blocks, and has the powers of a devnet: the faucet and the end of an epoch. */
export const VALIDATOR = 'validator';
/** Those whom a chain has when its options name nobody. */
export const PEOPLE = ['alice', 'bob', 'charlie', 'dave', 'eve', 'ferdie'] as const;
const GENESIS_TIME = 1_700_000_000_000;

/** Who a genesis names besides the people of the options. */
export interface Cast {
  readonly accountOf: (name: string) => Account;
  readonly validators: readonly Account[];
  /** Has the powers of a devnet, and money for their fees. */
  readonly authority: Account;
}

/** One account makes the blocks of a chain without nodes, and rules it. */
const ALONE: Cast = {
  accountOf,
  validators: [accountOf(VALIDATOR)],
  authority: accountOf(VALIDATOR),
};

export function setUp(options: ChainOptions, cast: Cast = ALONE): Setup {
  const installed = (options.modules ?? []).map((one, index) => withDefaults(one, index + 1));
  return {
    mechanisms: new Map([[0, consensus0], ...installed.map(({ id, module }) => [id, module] as const)]),
    genesis: {
      chainId: CHAIN_ID,
      time: options.time ?? GENESIS_TIME,
      epochLength: options.epochLength ?? 20,
      graceEpochs: options.graceEpochs ?? 2,
      unstakeEpochs: options.unstakeEpochs ?? 2,
      slashBps: 500,
      feePerWeight: options.feePerWeight ?? 0n,
      maxBlockWeight: 50_000_000,
      maxBlockBytes: 2 * 1024 * 1024,
      accounts: [
        ...balancesOf(options).map(([name, free]) => ({ account: cast.accountOf(name), free })),
        { account: cast.authority, free: 1_000_000n * TOKEN },
      ].sort((a, b) => (a.account < b.account ? -1 : 1)),
      validators: cast.validators
        .map(validator => ({ validator, stake: 1_000n * TOKEN }))
        .sort((a, b) => (a.validator < b.validator ? -1 : 1)),
      consensus: [...builtinGenesis(), ...installed.map(entryOf)],
      devAuthority: cast.authority,
      devnet: true,
      governance: DEFAULT_RULES,
    },
  };
}

/** The names of the options. */
export const namesOf = (options: ChainOptions): readonly string[] =>
  balancesOf(options).map(([name]) => name);

function balancesOf({
  accounts = PEOPLE,
  balance = 1_000n * TOKEN,
}: ChainOptions): (readonly [string, bigint])[] {
  return Array.isArray(accounts)
    ? accounts.map((name: string) => [name, balance] as const)
    : Object.entries(accounts as Readonly<Record<string, bigint>>);
}

type Complete = Required<Installed>;

function withDefaults(one: ConsensusModule | Installed, place: number): Complete {
  const {
    module,
    id = place,
    params = {},
    mintCap = 0n,
    capabilities,
  } = 'module' in one ? one : { module: one };
  return { module, id, params, mintCap, capabilities: capabilities ?? module.info.requires };
}

const entryOf = ({ module, id, params, mintCap, capabilities }: Complete): Genesis['consensus'][number] => ({
  id,
  name: module.info.name,
  version: module.info.version,
  stateVersion: module.info.stateVersion,
  codeHash: codeHash(module),
  capabilities,
  mintCap,
  params: encode(module.params, params),
});

/** There is no file to hash here: a module is known by its name and version. */
const codeHash = ({ info }: ConsensusModule): Hex =>
  `0x${createHash('sha256').update(`${info.name}@${info.version}`).digest('hex')}`;
