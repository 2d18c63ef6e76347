import { DEFAULT_RULES, type Genesis, TOKEN } from '../chain/index.ts';
import { builtinGenesis, type OptionalBuiltin } from '../consensus/index.ts';
import type { Account } from '../consensus/interface/index.ts';
import { DEV_AUTHORITY_PATH, devAccount, people, validatorPath } from './people.ts';

export interface GenesisSettings {
  readonly chainId: string;
  /** Milliseconds. */
  readonly time: number;
  readonly nodes: number;
  readonly epochLength: number;
  readonly accounts: number;
  /** Base units per account. */
  readonly balance: bigint;
  /** Secret phrase; the empty text means the well-known development phrase. */
  readonly phrase: string;
  /** Built-in consensus modules besides consensus-0; alice decides what one of them has to decide. */
  readonly consensus: readonly OptionalBuiltin[];
}

/** The first person. */
const governorOf = ({ phrase }: GenesisSettings): Account | null => {
  const [first] = people(1);
  return first === undefined ? null : devAccount(phrase, first.path);
};

export const VALIDATOR_STAKE = 1_000n * TOKEN;
/** For the fees of faucet and epoch transactions. */
const AUTHORITY_BALANCE = 1_000n * TOKEN;

/** The first state of a devnet: funded people, equal validators, consensus-0. */
export function makeGenesis(settings: GenesisSettings): Genesis {
  const account = (path: string): Account => devAccount(settings.phrase, path);
  return {
    chainId: settings.chainId,
    time: settings.time,
    epochLength: settings.epochLength,
    graceEpochs: 2,
    unstakeEpochs: 2,
    slashBps: 500,
    feePerWeight: 1n,
    maxBlockWeight: 20_000_000,
    maxBlockBytes: 4 * 1024 * 1024 - 64 * 1024,
    accounts: [
      ...people(settings.accounts).map(({ path }) => ({
        account: account(path),
        free: settings.balance,
      })),
      { account: account(DEV_AUTHORITY_PATH), free: AUTHORITY_BALANCE },
    ].sort((a, b) => (a.account < b.account ? -1 : 1)),
    validators: Array.from({ length: settings.nodes }, (_, index) => ({
      validator: devAccount(settings.phrase, validatorPath(index), 'ed25519'),
      stake: VALIDATOR_STAKE,
    })).sort((a, b) => (a.validator < b.validator ? -1 : 1)),
    consensus: builtinGenesis(settings.consensus, governorOf(settings)),
    devAuthority: account(DEV_AUTHORITY_PATH),
    devnet: true,
    governance: DEFAULT_RULES,
  };
}
