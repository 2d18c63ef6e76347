/** What Lua says about an error, for the author of the code. */
import { type LuaError, MAX_LINE } from './types.ts';

const STACK = '\nstack traceback:\n';
const LINE = /checker:([0-9]+):/;

/** From a message with or without a traceback behind it. The message is cut after {@link MAX_LINE} bytes. */
export function problemOf(said: Uint8Array): LuaError {
  const text = Buffer.from(said.buffer, said.byteOffset, said.length);
  const at = text.lastIndexOf(STACK);
  const message = readable(at === -1 ? text : text.subarray(0, at));
  const traceback = at === -1 ? '' : text.toString('utf8', at + STACK.length).replaceAll('\t', '');
  const line = /^checker:([0-9]+): /.exec(message)?.[1] ?? LINE.exec(traceback)?.[1];
  return { message, line: line === undefined ? null : Number(line), traceback };
}

/** The beginning of what code said. */
export const readable = (said: Uint8Array): string =>
  Buffer.from(said.buffer, said.byteOffset, Math.min(said.length, MAX_LINE)).toString('utf8');
