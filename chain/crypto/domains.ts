/**
 * What a signature is for, and the version of the bytes it covers. A signature made for one use can never pass for
 * another, because the bytes of no two domains share a beginning (spec section 2).
 */
export const DOMAINS = {
  /** A transaction's canonical bytes. */
  transaction: 1,
  /** A validator's prevote or precommit. */
  vote: 1,
  /** A proposer's block for one round. */
  proposal: 1,
  /** JCS text of the header of an off-chain call, signed by the client. */
  header: 2,
  /** JCS text of the receipt of an off-chain call, signed by the server. */
  receipt: 2,
  /** A plugin's canonical manifest. */
  manifest: 1,
  /** The key that binds a peer to its validator. */
  peer: 1,
  /** Whatever a person signs by hand. */
  message: 1,
} as const;
export type Domain = keyof typeof DOMAINS;

const encoder = new TextEncoder();

/** The bytes to sign: UTF-8 of `devnet:<domain>:<version>:` followed by the body. */
export function signingBytes(domain: Domain, body: Uint8Array): Uint8Array {
  const prefix = encoder.encode(`devnet:${domain}:${DOMAINS[domain]}:`);
  const bytes = new Uint8Array(prefix.length + body.length);
  bytes.set(prefix);
  bytes.set(body, prefix.length);
  return bytes;
}
