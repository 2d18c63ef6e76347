import { GenesisError } from '../errors.ts';
import type { Genesis } from '../format/genesis.ts';
import type { GovRules } from '../format/governance.ts';
import { TOKEN } from '../format/limits.ts';
import { MAX_BLOCK_BYTES } from './budget.ts';
import { BOUNDS, RULES } from './governance/changes.ts';
import { MAX_AMOUNT } from './money.ts';

/** Lowest and highest values with which a chain can run. Thawing and price lists of the state end at 64. */
const RANGES = [
  ['epochLength', 1, 1_000_000],
  ['graceEpochs', 1, 60],
  ['unstakeEpochs', 1, 60],
  ['slashBps', 1, 10_000],
  ['maxBlockWeight', 10_000, 2 ** 40],
  ['maxBlockBytes', 1024, MAX_BLOCK_BYTES],
] as const satisfies readonly (readonly [field: keyof Genesis, min: number, max: number])[];

type Ranged = Pick<Genesis, (typeof RANGES)[number][0] | 'governance'>;

/** Refuses a genesis from which no chain can start; see {@link GenesisError}. */
export function requireGenesis(genesis: Genesis): void {
  requireRanges(genesis);
  if (genesis.chainId === '') throw new GenesisError('OUT_OF_RANGE', 'the chain id is empty');
  requireUnique(
    'account',
    genesis.accounts.map(({ account }) => account),
  );
  requireUnique(
    'validator',
    genesis.validators.map(({ validator }) => validator),
  );
  requireUnique(
    'consensus id',
    genesis.consensus.map(({ id }) => id),
  );
  requireValidators(genesis);
  requireSupply(genesis);
}

/** Those of a genesis, or of a state that comes from elsewhere. Throws {@link GenesisError}. */
export function requireRanges(ranged: Ranged): void {
  for (const [field, min, max] of RANGES) {
    const value = ranged[field];
    if (value < min || value > max)
      throw new GenesisError('OUT_OF_RANGE', `${field} is ${value}, not from ${min} to ${max}`);
  }
  requireRules(ranged.governance);
}

function requireRules(rules: GovRules): void {
  for (const name of RULES) {
    const { min, max } = BOUNDS[name];
    const value = BigInt(rules[name]);
    if (value < min || value > max)
      throw new GenesisError('OUT_OF_RANGE', `governance.${name} is ${value}, not from ${min} to ${max}`);
  }
}

function requireValidators({ validators }: Genesis): void {
  if (validators.length === 0) throw new GenesisError('NO_VALIDATORS', 'nobody could make a block');
  const poor = validators.find(({ stake }) => stake < TOKEN);
  if (poor !== undefined)
    throw new GenesisError('OUT_OF_RANGE', `validator ${poor.validator} has less than one token staked`);
}

function requireSupply({ accounts, validators }: Genesis): void {
  const free = accounts.reduce((sum, account) => sum + account.free, 0n);
  const total = validators.reduce((sum, { stake }) => sum + stake, free);
  if (total > MAX_AMOUNT) throw new GenesisError('SUPPLY_OVERFLOW', `${total} base units do not fit u64`);
}

function requireUnique(what: string, values: readonly (string | number)[]): void {
  const seen = new Set<string | number>();
  for (const value of values) {
    if (seen.has(value)) throw new GenesisError('DUPLICATE', `the ${what} ${value} is listed twice`);
    seen.add(value);
  }
}
