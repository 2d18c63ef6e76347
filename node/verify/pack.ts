/**
 * Batches of checks as one buffer, so that a worker gets them by transfer and not by a copy of many objects.
 * Each check: signature length u16, message length u32, account 32 bytes, signature, message. Little endian.
 */
import { type Check, fromHex, toHex } from '../../consensus/interface/index.ts';

const PREFIX = 2 + 4 + 32;

/** For checks of which `signatureParts` made something. */
export function packChecks(checks: readonly Check[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const check of checks) size += PREFIX + check.signature.length + check.message.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { account, signature, message } of checks) {
    view.setUint16(at, signature.length, true);
    view.setUint32(at + 2, message.length, true);
    bytes.set(fromHex(account), at + 6);
    bytes.set(signature, at + PREFIX);
    bytes.set(message, at + PREFIX + signature.length);
    at += PREFIX + signature.length + message.length;
  }
  return bytes;
}

/** Signatures and messages are views into `bytes`. The input comes from {@link packChecks} in this process. */
export function unpackChecks(bytes: Uint8Array): Check[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checks: Check[] = [];
  let at = 0;
  while (at < bytes.length) {
    const signatureEnd = at + PREFIX + view.getUint16(at, true);
    const end = signatureEnd + view.getUint32(at + 2, true);
    checks.push({
      account: toHex(bytes.subarray(at + 6, at + PREFIX)),
      signature: bytes.subarray(at + PREFIX, signatureEnd),
      message: bytes.subarray(signatureEnd, end),
    });
    at = end;
  }
  return checks;
}
