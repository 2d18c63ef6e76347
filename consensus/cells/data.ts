/** What the cells of module 0 say: one letter, then a payload with integers big-endian (seed 2). */
import { MAX_MODULE } from './format.ts';

export type SystemData =
  /** The next system module and the next other module: the very ids that will be given out. */
  | { readonly kind: 'root' | 'allocator'; readonly nextId: number }
  | { readonly kind: 'module'; readonly id: number }
  | { readonly kind: 'token'; readonly payload: Uint8Array }
  | { readonly kind: 'checker'; readonly id: number; readonly code: Uint8Array };

export type DataErrorCode = 'EMPTY_DATA' | 'UNKNOWN_TAG' | 'WRONG_LENGTH' | 'ID_OUT_OF_RANGE';

/** Bytes that are no data of a cell of module 0. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataErrorCode;
  constructor(code: DataErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const TAGS = { root: 0x52, allocator: 0x41, module: 0x4d, token: 0x54, checker: 0x43 } as const;
/** The tag and a u32. */
const HEAD = 5;
const MAX_U32 = 0xffff_ffff;

export function encodeData(data: SystemData): Uint8Array {
  switch (data.kind) {
    case 'root':
    case 'allocator':
      return head(TAGS[data.kind], within(data.nextId, MAX_U32));
    case 'module':
      return head(TAGS.module, within(data.id, MAX_MODULE));
    case 'token':
      return joined(Uint8Array.of(TAGS.token), data.payload);
    case 'checker':
      return joined(head(TAGS.checker, within(data.id, MAX_MODULE)), data.code);
  }
}

/** Throws {@link DataError} for anything that {@link encodeData} would not have made. */
export function decodeData(bytes: Uint8Array): SystemData {
  const [tag] = bytes;
  switch (tag) {
    case undefined:
      throw new DataError('EMPTY_DATA', 'a cell of module 0 begins with a tag');
    case TAGS.root:
      return { kind: 'root', nextId: exactId(bytes) };
    case TAGS.allocator:
      return { kind: 'allocator', nextId: exactId(bytes) };
    case TAGS.module:
      return { kind: 'module', id: within(exactId(bytes), MAX_MODULE) };
    case TAGS.token:
      return { kind: 'token', payload: bytes.slice(1) };
    case TAGS.checker:
      return { kind: 'checker', id: within(idAt(bytes), MAX_MODULE), code: bytes.slice(HEAD) };
    default:
      throw new DataError('UNKNOWN_TAG', `${tag} is none of the tags R, A, M, T, C`);
  }
}

function exactId(bytes: Uint8Array): number {
  if (bytes.length !== HEAD)
    throw new DataError('WRONG_LENGTH', `${bytes.length} bytes instead of a tag and four`);
  return idAt(bytes);
}

function idAt(bytes: Uint8Array): number {
  if (bytes.length < HEAD)
    throw new DataError('WRONG_LENGTH', `${bytes.length} bytes are too few for a tag and an id`);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

function within(id: number, max: number): number {
  if (Number.isSafeInteger(id) && id >= 0 && id <= max) return id;
  throw new DataError('ID_OUT_OF_RANGE', `${id} is no whole number from 0 to ${max}`);
}

function head(tag: number, id: number): Uint8Array {
  const bytes = new Uint8Array(HEAD);
  bytes[0] = tag;
  new DataView(bytes.buffer).setUint32(1, id);
  return bytes;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
