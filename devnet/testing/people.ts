/** Named accounts, and signatures that cost nothing. */
import { createHash } from 'node:crypto';
import { fromAddress, verifySignature } from '../../chain/index.ts';
import { type Account, type Check, fromHex, toHex } from '../../consensus/interface/index.ts';

/** Public keys of the development names, so that accounts here have the addresses that `devnet up` shows. */
const DEVELOPMENT: Readonly<Record<string, Account>> = {
  alice: '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
  bob: '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
  charlie: '0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
  dave: '0x306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20',
  eve: '0xe659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e',
  ferdie: '0x1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c',
};

/** The account of a name; an account id stands for itself, an address for its account. */
export const accountOf = (who: string): Account =>
  accountNamed(who) ?? DEVELOPMENT[who] ?? toHex(digest('name', who));

/** The account of an account id or an address; undefined for a name. */
export function accountNamed(who: string): Account | undefined {
  if (/^0x[0-9a-f]{64}$/.test(who)) return who as Account;
  return /^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(who) ? fromAddress(who) : undefined;
}

const SR25519 = 1;

/**
 * A stand-in for a signature, made of the account and the message in microseconds. It binds as a real one does: for
 * another account or other bytes it is wrong. Only this kit takes it; a node knows real ones alone.
 */
export function standIn(account: Account, message: Uint8Array): Uint8Array {
  const half = digest(account, message);
  return Uint8Array.from([SR25519, ...half, ...half]);
}

/** Whether a signature is right: a stand-in by comparison, any other one as a node verifies it. */
export function isRight(check: Check): boolean {
  const stand = standIn(check.account, check.message);
  return toHex(stand) === toHex(check.signature) || verifySignature(check);
}

function digest(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts)
    hash.update(typeof part === 'string' && part.startsWith('0x') ? fromHex(part) : part);
  return new Uint8Array(hash.digest());
}
