/** Bytes as the RPC writes them. */
import type { Hex } from '../../consensus/interface/index.ts';

export const toHex = (bytes: Uint8Array): Hex =>
  `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`;

export function fromHex(text: Hex): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}
