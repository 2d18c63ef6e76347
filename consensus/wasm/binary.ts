/** Reading and writing WASM binaries, as far as {@link ./meter.ts} needs it (core specification, chapter 5). */

/** Bytes that are no WASM binary, or one with instructions that this code does not know. */
export class WasmError extends Error {
  override readonly name = 'WasmError';
}

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

export const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
} as const;

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

export class WasmReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new WasmError('the bytes end inside a value');
    return value;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 28) throw new WasmError('a number of more than 32 bits');
      const part = this.byte();
      value += (part & 0x7f) * 2 ** shift;
      if (part < 0x80) return value;
    }
  }

  /** Steps over a LEB128 number of any sign. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new WasmError('the bytes end inside a value');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

export class WasmWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  raw(bytes: ArrayLike<number>): this {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
    return this;
  }

  u32(value: number): this {
    return this.raw(unsigned(value));
  }

  /** Bytes with their length before them. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** A signed LEB128 number that fits 32 bits. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const part = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && part < 0x40) || (rest === -1 && part >= 0x40)) return [...bytes, part];
    bytes.push(part | 0x80);
  }
}

export function readSections(wasm: Uint8Array): Section[] {
  const reader = new WasmReader(wasm);
  if (Buffer.compare(reader.take(HEADER.length), HEADER) !== 0) throw new WasmError('no WASM of version 1');
  const sections: Section[] = [];
  while (!reader.isAtEnd) sections.push({ id: reader.byte(), body: reader.take(reader.u32()) });
  return sections;
}

export function writeSections(sections: readonly Section[]): Uint8Array {
  const writer = new WasmWriter().raw(HEADER);
  for (const { id, body } of sections) writer.raw([id]).sized(body);
  return writer.finish();
}

/** The entries of a section that is a list; `skip` steps over one. */
export function readList(body: Uint8Array, skip: (reader: WasmReader) => void): Uint8Array[] {
  const reader = new WasmReader(body);
  return Array.from({ length: reader.u32() }, () => {
    const start = reader.at;
    skip(reader);
    return body.subarray(start, reader.at);
  });
}

export function writeList(entries: readonly Uint8Array[]): Uint8Array {
  const writer = new WasmWriter().u32(entries.length);
  for (const entry of entries) writer.raw(entry);
  return writer.finish();
}
