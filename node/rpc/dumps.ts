/** Dumps as RPC carries them: in parts that fit into a request. A node keeps few of them, and only for a while. */
import { checksumOf, type Dump, decodeDump, joined, LIMITS } from '../../chain/index.ts';
import { type Hex, toHex } from '../../consensus/interface/index.ts';
import type { DevApi } from '../api.ts';
import type { DumpPartJson, LoadPartJson } from '../client/wireDev.ts';
import { Recent } from '../recent.ts';
import { RpcFault } from './errors.ts';

const PART_BYTES = LIMITS.loadPart;
/** Dumps that can still be asked for in parts. */
const KEPT = 2;

interface Made {
  readonly bytes: Uint8Array;
  readonly origin: Pick<Dump['header'], 'chainId' | 'height'>;
}

/** A dump whose parts are coming in. */
interface Coming {
  readonly dump: Hex;
  readonly parts: number;
  readonly known: Map<number, Uint8Array>;
}

export interface LoadPart {
  readonly data: Uint8Array;
  readonly part: number;
  readonly parts: number;
  /** Its checksum; of a dump in one part it is the end of that. */
  readonly dump: Hex | undefined;
}

class DumpDesk {
  readonly #dev: DevApi;
  readonly #made = new Recent<Hex, Made>(KEPT);
  #coming: Coming | null = null;

  constructor(dev: DevApi) {
    this.#dev = dev;
  }

  /** A part of a dump that was made before, or the first one of a new dump. Throws UNKNOWN_DUMP. */
  part(wanted: Hex | undefined, part: number): DumpPartJson {
    const dump = wanted ?? this.#make();
    const made = this.#made.get(dump);
    if (made === undefined) throw new RpcFault('UNKNOWN_DUMP', `this node holds no dump ${dump}`);
    const { bytes, origin } = made;
    const parts = Math.ceil(bytes.length / PART_BYTES);
    if (part >= parts) throw new RpcFault('INVALID_PARAMS', `part: it has ${parts} parts, the first is 0`);
    const data = toHex(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
    return { dump, ...origin, bytes: bytes.length, part, parts, data };
  }

  #make(): Hex {
    const bytes = this.#dev.dump();
    const { hash, header } = decodeDump(bytes);
    const { chainId, height } = header;
    this.#made.set(hash, { bytes, origin: { chainId, height } });
    return hash;
  }

  /** Takes a part; with the last one it loads the dump. Parts of another dump are forgotten. */
  async receive({ data, part, parts, dump }: LoadPart): Promise<LoadPartJson> {
    if (data.length > PART_BYTES)
      throw new RpcFault('INVALID_PARAMS', `data: a part has at most ${PART_BYTES} bytes`);
    if (part >= parts) throw new RpcFault('INVALID_PARAMS', `part: of ${parts} parts the first is 0`);
    if (parts === 1) return this.#load(data);
    if (dump === undefined)
      throw new RpcFault('INVALID_PARAMS', 'dump: name the dump that these are parts of');
    const coming = this.#expect(dump, parts);
    coming.known.set(part, data);
    const missing = parts - coming.known.size;
    if (missing > 0) return { missing, loaded: null };
    this.#coming = null;
    const file = joined(
      Array.from({ length: parts }, (_, index) => coming.known.get(index) ?? new Uint8Array()),
    );
    if (checksumOf(file) !== dump)
      throw new RpcFault('INVALID_PARAMS', 'dump: the parts that came are those of another one');
    return this.#load(file);
  }

  #expect(dump: Hex, parts: number): Coming {
    if (this.#coming?.dump !== dump || this.#coming.parts !== parts)
      this.#coming = { dump, parts, known: new Map() };
    return this.#coming;
  }

  async #load(file: Uint8Array): Promise<LoadPartJson> {
    return { missing: 0, loaded: await this.#dev.load(file) };
  }
}

const desks = new WeakMap<DevApi, DumpDesk>();

/** Of a node: whoever asks it, by whichever connection, has its parts together. */
export function dumpDeskOf(dev: DevApi): DumpDesk {
  const known = desks.get(dev);
  if (known !== undefined) return known;
  const made = new DumpDesk(dev);
  desks.set(dev, made);
  return made;
}
