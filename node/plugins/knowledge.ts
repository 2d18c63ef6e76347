/** Which reads a process has answers to. It holds what the node says and nothing else, so its memory is bounded. */
import { decode } from '../../consensus/interface/index.ts';
import { readName } from './readName.ts';
import { Read } from './wire.ts';

/** Answers that a process keeps, and their bytes. */
export interface KnowledgeLimits {
  readonly entries: number;
  readonly bytes: number;
}

export const KNOWLEDGE_LIMITS: KnowledgeLimits = { entries: 65_536, bytes: 64 * 1024 * 1024 };

export interface Entry {
  readonly id: number;
  /** See {@link readName}. */
  readonly name: string;
  readonly encoded: Uint8Array;
  readonly read: Read;
  bytes: number;
}

export class Knowledge {
  /** How many of the jobs that the process has became part of the state. */
  kept = 0;
  readonly #limits: KnowledgeLimits;
  readonly #byName = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  #bytes = 0;
  #next = 0;

  constructor(limits: KnowledgeLimits = KNOWLEDGE_LIMITS) {
    this.#limits = limits;
  }

  /** The entry of a read that the process asks about; a new one gets the next number. Throws CodecError for no read. */
  entry(encoded: Uint8Array): Entry {
    const read = decode(Read, encoded);
    const name = readName(read);
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const entry = { id: this.#next++, name, encoded, read, bytes: 0 };
    this.#byName.set(name, entry);
    this.#byId.set(entry.id, entry);
    return entry;
  }

  get(id: number): Entry | undefined {
    return this.#byId.get(id);
  }

  told(entry: Entry, bytes: number): void {
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  /** Marks a read as used: what was not used for longest is forgotten first. */
  touch(entry: Entry): void {
    this.#byName.delete(entry.name);
    this.#byName.set(entry.name, entry);
  }

  /** Numbers that the process must forget now. Not between two requests for one batch: it may need them. */
  excess(): readonly number[] {
    const forgotten: number[] = [];
    for (const entry of this.#byName.values()) {
      if (this.#byName.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) break;
      this.#byName.delete(entry.name);
      this.#byId.delete(entry.id);
      this.#bytes -= entry.bytes;
      forgotten.push(entry.id);
    }
    return forgotten;
  }
}
