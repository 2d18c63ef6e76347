import { pbkdf2Sync } from 'node:crypto';
import { mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { KeyError } from './error.ts';
import { DEV_PHRASE } from './uri.ts';

const ROUNDS = 2048;
const SEED_BYTES = 32;

/**
 * The 32-byte seed of a phrase, as in substrate-bip39: unlike BIP-39 it stretches the entropy behind the words, not
 * their text. Throws {@link KeyError} `BAD_PHRASE`.
 */
export function seedFromPhrase(phrase: string, password: string): Uint8Array {
  if (phrase !== DEV_PHRASE || password !== '') return stretch(phrase, password);
  return seedFromHex(DEV_SEED);
}

/** The seed of the phrase that everybody knows. Stretching takes milliseconds, and every process of a devnet needs it. */
const DEV_SEED = '0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';

function stretch(phrase: string, password: string): Uint8Array {
  const stretched = pbkdf2Sync(entropyOf(phrase), `mnemonic${password}`, ROUNDS, 2 * SEED_BYTES, 'sha512');
  return new Uint8Array(stretched.subarray(0, SEED_BYTES));
}

function entropyOf(phrase: string): Uint8Array {
  const words = phrase.trim().split(/\s+/);
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    // The library's message can repeat a word of the secret.
    throw new KeyError('BAD_PHRASE', `${words.length} words that are no BIP-39 phrase`);
  }
}

/** The 32 bytes of a seed in `0x` hex. Throws {@link KeyError} `BAD_SEED`. */
export function seedFromHex(hex: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{64}$/.test(hex)) throw new KeyError('BAD_SEED', 'not a seed of 32 bytes in hex');
  return new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
}
