/**
 * Finds the call that brought a receipt on chain. What a client signed for one paid call is among the signatures that a
 * consensus module asks to be checked, so no module needs to be known here.
 */
import { actOf, decodeTransaction, type Mechanisms, sha256, signingBytes } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { StoredBlock } from '../api.ts';
import type { Runner } from '../plugins/runner.ts';

/** Blocks that are searched, the newest first. */
const MAX_BLOCKS = 10_000;

const PREFIX = signingBytes('header', new Uint8Array());

export interface ReceiptSearch {
  readonly runner: Pick<Runner, 'checks'>;
  readonly chainId: string;
  /** The code in force for the calls of a block. */
  readonly mechanisms: (height: number) => Mechanisms;
  readonly block: (height: number) => Promise<StoredBlock | null>;
  readonly height: () => number;
}

/** The transaction that carries a header of this hash; null for none in the last blocks. */
export async function findReceipt(search: ReceiptSearch, headerHash: Hex): Promise<Hex | null> {
  const last = search.height();
  for (let height = last; height > Math.max(0, last - MAX_BLOCKS); height--) {
    const stored = await search.block(height);
    if (stored === null) return null;
    for (const [index, encoded] of stored.block.transactions.entries()) {
      const signed = decodeTransaction(encoded);
      const { call } = actOf(signed.transaction);
      if (call.kind !== 'call') continue;
      const mechanisms = search.mechanisms(height);
      // Code of the past that this node did not run since its start: what it asked for cannot be told.
      if (!mechanisms.has(call.consensus)) continue;
      const checks = await search.runner.checks(signed, search.chainId, mechanisms);
      if (checks.call.some(({ message }) => headerHashOf(message) === headerHash))
        return stored.transactionHashes[index] ?? null;
    }
  }
  return null;
}

/** The name of the header that was signed; null for what is no header. */
function headerHashOf(message: Uint8Array): Hex | null {
  const isHeader = Buffer.compare(message.subarray(0, PREFIX.length), PREFIX) === 0;
  return isHeader ? sha256(message.subarray(PREFIX.length)) : null;
}
