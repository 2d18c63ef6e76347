/** Development people: names for well-known keys (interface page). */
import { type KeyPair, keyPairFromUri, type Scheme } from '../chain/index.ts';
import type { Account } from '../consensus/interface/index.ts';
import { DEV_ACCOUNTS } from './devAccounts.ts';

const NAMES = ['alice', 'bob', 'charlie', 'dave', 'eve', 'ferdie'] as const;

export interface Person {
  readonly name: string;
  /** Secret URI below the chain's phrase, e.g. `//Alice`. */
  readonly path: string;
}

/** The first `count` people: alice to ferdie, then dev7, dev8 and so on. */
export function people(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => person(NAMES[index] ?? `dev${index + 1}`));
}

/** The person of a name, or undefined for a name that is not a development name. */
export function personNamed(name: string): Person | undefined {
  if ((NAMES as readonly string[]).includes(name)) return person(name);
  return /^dev([7-9]|[1-9]\d{1,3})$/.test(name) ? person(name) : undefined;
}

/** How many people a devnet without wishes has. */
const USUAL = 10;

/** Names that somebody may have meant. */
export const usualNames = (): readonly string[] => people(USUAL).map(({ name }) => name);

const person = (name: string): Person => ({
  name,
  path: `//${name.charAt(0).toUpperCase()}${name.slice(1)}`,
});

/** The account whose `dev` transactions a devnet obeys. */
export const DEV_AUTHORITY_PATH = '//Devnet//Authority';

/** The key of the validator with this index (ed25519). */
export const validatorPath = (index: number): string => `//Validator//${index}`;

/** The account of that key. */
export const devAccount = (phrase: string, path: string, scheme: Scheme = 'sr25519'): Account =>
  (phrase === '' ? DEV_ACCOUNTS[scheme]?.[path] : undefined) ?? devKey(phrase, path, scheme).account;

const derived = new Map<string, KeyPair>();

/** The key of a path below a chain's phrase (empty for the well-known one), derived once. */
export function devKey(phrase: string, path: string, scheme: Scheme = 'sr25519'): KeyPair {
  const name = `${scheme}:${phrase}${path}`;
  const known = derived.get(name) ?? keyPairFromUri(`${phrase}${path}`, scheme);
  derived.set(name, known);
  return known;
}
