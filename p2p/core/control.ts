/**
 * The frames of the lane `hello`: who we are, whether we take the other, and the ping that measures the way.
 * One byte of kind, then: hello: the hello bytes; accept: nothing; refuse: the reason in UTF-8; ping, pong: a u32.
 */
import { readUint32, writeUint32 } from './frames.ts';
import { ProtocolError } from './protocol-error.ts';

export type Control =
  | { readonly kind: 'hello'; readonly hello: Uint8Array }
  | { readonly kind: 'accept' }
  | { readonly kind: 'refuse'; readonly reason: string }
  | { readonly kind: 'ping' | 'pong'; readonly nonce: number };

export const MAX_HELLO_BYTES = 64 * 1024;
const MAX_REASON_BYTES = 1024;
export const MAX_CONTROL_BYTES = 1 + MAX_HELLO_BYTES;

const HELLO = 0;
const ACCEPT = 1;
const REFUSE = 2;
const PING = 3;
const PONG = 4;

export function encodeControl(control: Control): Uint8Array {
  switch (control.kind) {
    case 'hello':
      return tagged(HELLO, control.hello);
    case 'accept':
      return Uint8Array.of(ACCEPT);
    case 'refuse':
      return tagged(REFUSE, encodeText(control.reason));
    case 'ping':
      return tagged(PING, uint32(control.nonce));
    case 'pong':
      return tagged(PONG, uint32(control.nonce));
  }
}

/** @throws ProtocolError */
export function decodeControl(bytes: Uint8Array): Control {
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case HELLO:
      return { kind: 'hello', hello: body };
    case ACCEPT:
      if (body.length !== 0) throw new ProtocolError('an accept with a body');
      return { kind: 'accept' };
    case REFUSE:
      return { kind: 'refuse', reason: decodeText(body) };
    case PING:
      return { kind: 'ping', nonce: nonceOf(body) };
    case PONG:
      return { kind: 'pong', nonce: nonceOf(body) };
    default:
      throw new ProtocolError(`a control frame of unknown kind ${bytes[0] ?? 'none'}`);
  }
}

export function tagged(tag: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = tag;
  bytes.set(body, 1);
  return bytes;
}

/** Text for the other side, cut to what it accepts. */
export function encodeText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= MAX_REASON_BYTES ? bytes : bytes.slice(0, MAX_REASON_BYTES);
}

/** Text from the other side. It ends up in logs and terminals, so control characters are taken out. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_REASON_BYTES) throw new ProtocolError(`a reason of ${bytes.length} bytes`);
  return new TextDecoder().decode(bytes).replace(/\p{Cc}/gu, ' ');
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

function nonceOf(body: Uint8Array): number {
  if (body.length !== 4) throw new ProtocolError(`a ping of ${body.length} bytes`);
  return readUint32(body, 0);
}
