import type { Account, Check, Weight } from '../interface/index.ts';
import { toAddress } from './address.ts';
import type { Claim } from './format.ts';
import { headerSigningBytes, headerTextWith } from './header.ts';

/** One check per header, row by row: the client's signature over the header text that the row stands for. */
export function claimChecks(sender: Account, claim: Claim, chain: string): Check[] {
  const servers = claim.terms.map(terms => toAddress(terms.server ?? sender));
  return claim.rows.flatMap(({ client, receipts }) => {
    const clientAddress = toAddress(client);
    return receipts.map(call => {
      const terms = claim.terms[call.terms];
      const server = servers[call.terms];
      if (terms === undefined || server === undefined) throw new RangeError(`no terms ${call.terms}`);
      const header = {
        chain,
        fn: terms.fn,
        paramsHash: call.paramsHash,
        time: claim.time + call.time,
        epoch: terms.epoch ?? claim.epoch,
        nonce: call.nonce,
        maxUsage: terms.maxUsage,
        tally: call.tally,
      };
      const message = headerSigningBytes(headerTextWith(header, clientAddress, server));
      return { account: client, signature: call.signature, message };
    });
  });
}

const CLAIM_WEIGHT = 100;
/** Two rows of state now, and one debit with its credit at the close. */
const ROW_WEIGHT = 50;
/** One sr25519 verification on the fast path (docs: about 110 us), and rebuilding the text. */
const HEADER_WEIGHT = 120;
/** A look-up of the price, an address. */
const TERMS_WEIGHT = 20;

export function claimWeight({ terms, rows }: Claim): Weight {
  const headers = rows.reduce((sum, row) => sum + row.receipts.length, 0);
  return CLAIM_WEIGHT + TERMS_WEIGHT * terms.length + ROW_WEIGHT * rows.length + HEADER_WEIGHT * headers;
}
