import { TOKEN } from '../chain/format/limits.ts';
import { usageError } from './errors.ts';

const TOKENS = /^(\d{1,11})(?:\.(\d{1,9}))?$/;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** Base units of a decimal number of tokens, e.g. `1.5`. At most nine digits after the point: never a float. */
export function parseTokens(text: string): bigint {
  const match = TOKENS.exec(text);
  if (match === null)
    throw usageError(
      `${text} is not an amount of tokens`,
      'write digits, and at most nine after the point: 12 or 0.25',
    );
  const [, whole = '0', fraction = ''] = match;
  const amount = BigInt(whole) * TOKEN + BigInt(fraction.padEnd(9, '0'));
  if (amount > MAX_U64)
    throw usageError(
      `${text} tokens are more than the chain can count`,
      'the limit is 18446744073.709551615',
    );
  return amount;
}

/** Tokens as people read them: `1234.5`. */
export function formatTokens(amount: bigint): string {
  const fraction = (amount % TOKEN).toString().padStart(9, '0').replace(/0+$/, '');
  const whole = (amount / TOKEN).toString();
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
