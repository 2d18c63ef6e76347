/** Before anything else: what all other code here needs while it loads. */
import { Utf8Decoder, Utf8Encoder } from './text.ts';

const define = (name: string, value: unknown): void => {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
};
define('TextEncoder', Utf8Encoder);
define('TextDecoder', Utf8Decoder);
