/**
 * What an answer proves. Its blocks form a chain by their parent hashes, so the certificate of the last one shows that
 * they all are final: whoever voted for it had committed its ancestors. That holds as long as the same validators vote,
 * so a range is cut where they change; there the next block carries the certificate. Whether these are the validators
 * of this chain only the state knows, see `segmentChecks`.
 */
import {
  Block,
  blockHash,
  type Commit,
  CommitError,
  commitChecks,
  LIMITS,
  type ValidatorSet,
} from '../../chain/index.ts';
import { type Check, decode, type Hex } from '../../consensus/interface/index.ts';
import { bodyProblem } from '../ordering/value.ts';
import type { BlocksResponse } from './messages.ts';

export interface CertifiedBlock {
  readonly block: Block;
  readonly encoded: Uint8Array;
  /** Of all but the last block of a segment: as the next block carries it, with signatures that nobody here verified. */
  readonly certificate: Commit;
}

/** Blocks in sequence on which the same validators voted. */
export interface Segment {
  /** Height of the first. */
  readonly from: number;
  readonly parentHash: Hex;
  readonly validatorsHash: Hex;
  /** Not empty. The certificate of the last one proves all of them. */
  readonly blocks: readonly CertifiedBlock[];
}

/** Blocks that prove nothing, or others than asked for: only a faulty peer sends them. */
export class FalseBlocks extends Error {
  override readonly name = 'FalseBlocks';
}

/** Throws {@link FalseBlocks}, or CodecError for a block that does not decode. */
export function readSegments(
  { blocks: encoded, certificate: last }: BlocksResponse,
  asked: { readonly from: number; readonly count: number },
  chainId: string,
): Segment[] {
  if (encoded.length > asked.count)
    throw new FalseBlocks(`${encoded.length} blocks where ${asked.count} were asked for`);
  const blocks = encoded.map(bytes => decode(Block, bytes, LIMITS.block));
  const hashes = blocks.map(({ header }) => blockHash(header));
  blocks.forEach((block, index) => {
    const before = blocks[index - 1];
    const problem =
      bodyProblem(block, chainId, asked.from + index) ??
      (before && linkProblem(block, before, hashes[index - 1]));
    if (problem !== undefined) throw new FalseBlocks(problem);
  });
  const certified = blocks.map((block, index): CertifiedBlock => {
    const certificate = blocks[index + 1]?.lastCommit ?? last;
    const { height } = block.header;
    if (certificate === null) throw new FalseBlocks(`block ${height} without its certificate`);
    if (certificate.height !== height)
      throw new FalseBlocks(`a certificate for height ${certificate.height} at height ${height}`);
    if (certificate.blockHash !== hashes[index])
      throw new FalseBlocks(`the certificate at height ${height} is for another block`);
    return { block, encoded: encoded[index] ?? new Uint8Array(), certificate };
  });
  return cut(certified);
}

function linkProblem(
  { header }: Block,
  { header: before }: Block,
  hash: Hex | undefined,
): string | undefined {
  if (header.parentHash !== hash) return `block ${header.height} does not follow the one before it`;
  if (header.validatorsHash !== before.nextValidatorsHash)
    return `block ${header.height} names other validators than the one before it announced`;
  return undefined;
}

function cut(blocks: readonly CertifiedBlock[]): Segment[] {
  const segments: CertifiedBlock[][] = [];
  for (const certified of blocks) {
    const current = segments.at(-1);
    const { validatorsHash } = certified.block.header;
    if (current !== undefined && current[0]?.block.header.validatorsHash === validatorsHash)
      current.push(certified);
    else segments.push([certified]);
  }
  return segments.flatMap(part => {
    const header = part[0]?.block.header;
    if (header === undefined) return [];
    const { height: from, parentHash, validatorsHash } = header;
    return [{ from, parentHash, validatorsHash, blocks: part }];
  });
}

/**
 * The signatures that prove a segment, if `validators` are those that its headers name: whoever asks has compared the
 * hash with its own state. Throws {@link FalseBlocks} where no signature could help.
 */
export function segmentChecks({ blocks }: Segment, validators: ValidatorSet, chainId: string): Check[] {
  const last = blocks.at(-1);
  if (last === undefined) return [];
  const { certificate, block } = last;
  const named = { height: block.header.height, hash: certificate.blockHash };
  try {
    return commitChecks(certificate, named, validators, chainId);
  } catch (error) {
    if (!(error instanceof CommitError)) throw error;
    throw new FalseBlocks(`the certificate at height ${named.height}: ${error.message}`, { cause: error });
  }
}
