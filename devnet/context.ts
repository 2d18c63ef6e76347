import { AddressError, fromAddress, type KeyPair, keyPairFromUri } from '../chain/index.ts';
import type { Account } from '../consensus/interface/index.ts';
import { findKey, listKeys } from '../module/keys/files.ts';
import { type Client, createClient } from '../node/client/index.ts';
import { CliError, usageError } from './errors.ts';
import { nearest } from './nearest.ts';
import { personNamed, usualNames } from './people.ts';
import { isDevelopmentName, keysDirectory, localKey, phraseOf } from './signers.ts';
import { readRunFile } from './supervisor/runFile.ts';

export interface GlobalOptions {
  /** Directory of the devnet. */
  readonly dir: string;
  /** Overrides the URL of the devnet that runs in the directory. */
  readonly rpc: string | undefined;
  readonly json: boolean;
}

/** What a command works with: a client of the running devnet and the people it knows. */
export interface Context {
  readonly directory: string;
  readonly json: boolean;
  readonly client: Client;
  /** Address of a development name, key name, module alias or address. */
  address(who: string): Promise<string>;
  /** The same as an account id. */
  account(who: string): Promise<Account>;
  /** Key of a development name, key name or secret URI. */
  signer(who: string): Promise<KeyPair>;
  /** Development and key names by address, for showing. */
  names(): Promise<ReadonlyMap<string, string>>;
}

export function openContext({ dir, rpc, json }: GlobalOptions): Context {
  const elsewhere = rpc ?? process.env.DEVNET_RPC;
  if (elsewhere !== undefined && !/^(http|ws)s?:\/\//.test(elsewhere))
    throw usageError(`${elsewhere} is no RPC address`, 'e.g. --rpc http://127.0.0.1:8700');
  const client = createClient(elsewhere ?? readRunFile(dir).rpc);
  const keys = keysDirectory(dir);
  const address = async (who: string): Promise<string> => {
    const known = await knownAddress(who, dir);
    if (known !== null) return known;
    if (isAddress(who)) return who;
    refuseMistyped(who);
    const modules = await client.listModules();
    const found = modules.find(({ alias }) => alias === who);
    if (found !== undefined) return found.address;
    throw await unknownPerson(
      who,
      dir,
      modules.map(({ alias }) => alias),
    );
  };
  return {
    directory: dir,
    json,
    client,
    signer: who => findSigner(who, { client, dir }),
    address,
    account: async who => fromAddress(await address(who)),
    async names() {
      // Another chain than the one in the directory has its own people.
      const { accounts } = elsewhere === undefined ? devPeople(dir) : { accounts: [] };
      const stored = await listKeys(keys);
      return new Map([...accounts, ...stored.keys.map(({ name, address }) => [address, name] as const)]);
    },
  };
}

async function findSigner(who: string, { client, dir }: { client: Client; dir: string }): Promise<KeyPair> {
  if (isDevelopmentName(who)) await refuseOutsideDevnets(client, who);
  const key = await localKey(who, dir);
  if (key !== null) return key.pair;
  if (!isAddress(who)) throw await unknownPerson(who, dir, []);
  throw new CliError(
    'NO_SECRET',
    `no key here signs for ${who}`,
    'name a development account or a key of devnet key list',
  );
}

/** The development keys are public: a chain that is not a devnet must never see them. */
async function refuseOutsideDevnets(client: Client, who: string): Promise<void> {
  const { devnet, chainId } = await client.getNodeInfo();
  if (!devnet)
    throw new CliError(
      'DEV_KEY_REFUSED',
      `${who} is a public development key and ${chainId} is not a devnet`,
      'use a key of your own: devnet key new',
    );
}

async function knownAddress(who: string, dir: string): Promise<string | null> {
  const person = personNamed(who);
  if (person !== undefined) return keyPairFromUri(`${phraseOf(dir)}${person.path}`).address;
  return (await findKey(keysDirectory(dir), who))?.address ?? null;
}

function isAddress(text: string): boolean {
  try {
    fromAddress(text);
    return true;
  } catch (error) {
    if (error instanceof AddressError) return false;
    throw error;
  }
}

/** Address and name of every account that the directory's devnet shows in its banner. */
function devPeople(dir: string): { accounts: (readonly [string, string])[] } {
  const { accounts } = readRunFile(dir);
  return { accounts: accounts.map(({ address, name }) => [address, name] as const) };
}

/** As long as an address is, and of its letters. */
const LIKE_ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/;

/** An address with a wrong letter is nobody's name. */
function refuseMistyped(who: string): void {
  if (!LIKE_ADDRESS.test(who)) return;
  try {
    fromAddress(who);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new CliError(error.code, error.message, 'copy the whole address: devnet accounts shows some');
  }
}

/** `aliases`: modules that could be meant. */
async function unknownPerson(who: string, dir: string, aliases: readonly string[]): Promise<CliError> {
  const { keys } = await listKeys(keysDirectory(dir));
  const meant = nearest(who, [...usualNames(), ...keys.map(({ name }) => name), ...aliases]);
  return new CliError(
    'UNKNOWN_ACCOUNT',
    `${who} is no account, key, module or address${meant === null ? '' : `; did you mean ${meant}?`}`,
    'devnet accounts, devnet key list and devnet module list show what there is',
  );
}
