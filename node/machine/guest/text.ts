/** UTF-8 as the Encoding standard has it: the engine inside the machine brings none. */

const REPLACEMENT = 0xfffd;
/** Arguments of one call of `fromCharCode`. */
const CHUNK = 1024;

export class Utf8Encoder {
  readonly encoding = 'utf-8';

  encode(value: unknown = ''): Uint8Array {
    const text = String(value);
    const bytes = new Uint8Array(text.length * 3);
    let length = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit < 0x80) {
        bytes[length++] = unit;
        continue;
      }
      // A pair of surrogates is one character; half a pair is none.
      const code = text.codePointAt(at) ?? REPLACEMENT;
      if (code > 0xffff) at++;
      length = write(bytes, length, code >= 0xd800 && code < 0xe000 ? REPLACEMENT : code);
    }
    return bytes.slice(0, length);
  }
}

function write(bytes: Uint8Array, start: number, code: number): number {
  let at = start;
  if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12);
    else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (code & 0x3f);
  return at;
}

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

export class Utf8Decoder {
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false }: DecoderOptions = {}) {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`the machine knows utf-8 only, not ${label}`);
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  decode(source: ArrayBuffer | ArrayBufferView = new Uint8Array()): string {
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    const units: number[] = [];
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at] ?? 0;
      const [code, length] = first < 0x80 ? [first, 1] : this.#longer(bytes, at, first);
      at += length;
      if (code > 0xffff) units.push(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff));
      else units.push(code);
      if (units.length >= CHUNK) text += String.fromCharCode(...units.splice(0));
    }
    text += String.fromCharCode(...units);
    return !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** A character of several bytes, and how many; for what is none, the longest beginning of one counts as one. */
  #longer(bytes: Uint8Array, at: number, first: number): readonly [code: number, length: number] {
    const more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : 3;
    if (first < 0xc2 || first > 0xf4) return [this.#wrong(), 1];
    let code = first & (0x3f >> more);
    for (let index = 1; index <= more; index++) {
      const next = bytes[at + index] ?? 0;
      const [low, high] = index === 1 ? boundsAfter(first) : [0x80, 0xbf];
      if (next < low || next > high) return [this.#wrong(), index];
      code = (code << 6) | (next & 0x3f);
    }
    return [code, more + 1];
  }

  #wrong(): number {
    if (this.fatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
    return REPLACEMENT;
  }
}

/** What the second byte can be: no longer form than needed, no surrogates, nothing above U+10FFFF. */
function boundsAfter(first: number): readonly [low: number, high: number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  return first === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf];
}
