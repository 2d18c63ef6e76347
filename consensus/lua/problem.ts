/** What Lua says about an error, for the author of the code. */
import type { LuaError } from './types.ts';

const STACK = '\nstack traceback:\n';
const LINE = /checker:([0-9]+):/;

/** From a message with or without a traceback behind it. */
export function problemOf(text: Uint8Array): LuaError {
  const said = Buffer.from(text).toString('utf8');
  const at = said.lastIndexOf(STACK);
  const message = at === -1 ? said : said.slice(0, at);
  const traceback = at === -1 ? '' : said.slice(at + STACK.length).replaceAll('\t', '');
  const line = /^checker:([0-9]+): /.exec(message)?.[1] ?? LINE.exec(traceback)?.[1];
  return { message, line: line === undefined ? null : Number(line), traceback };
}
