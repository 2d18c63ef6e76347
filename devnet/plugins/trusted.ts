import { existsSync } from 'node:fs';
import { fromAddress } from '../../chain/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import { keysDirectory } from '../keysDirectory.ts';

/** The operator of a devnet trusts the keys of its own directory, and those named by address. */
export async function trustedKeys(dir: string, named: string): Promise<ReadonlySet<Account>> {
  const others = named.split(',').filter(address => address !== '');
  return new Set(
    [...(await ownAddresses(keysDirectory(dir))), ...others].map(address => fromAddress(address.trim())),
  );
}

/** Most devnets have no keys of their own, and `devnet up` is not to wait for what reads them. */
async function ownAddresses(directory: string): Promise<readonly string[]> {
  if (!existsSync(directory)) return [];
  const { listKeys } = await import('../../module/keys/files.ts');
  return (await listKeys(directory)).keys.map(({ address }) => address);
}
