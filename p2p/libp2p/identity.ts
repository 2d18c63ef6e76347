/** Peer ids without libp2p, so that they can be known before it is loaded. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { base58 } from '@scure/base';

/** DER (RFC 8410) of an ed25519 private key up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Identity multihash of 36 bytes, holding libp2p's protobuf of a public key: type ed25519, 32 bytes of data. */
const PEER_ID_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** The peer id (`12D3Koo...`) of a node whose ed25519 public key has these 32 bytes. */
export function peerIdOf(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) throw new RangeError(`an ed25519 key has 32 bytes, not ${publicKey.length}`);
  return base58.encode(Uint8Array.of(...PEER_ID_PREFIX, ...publicKey));
}

/** The peer id of a node with this 32-byte ed25519 seed. */
export function peerIdOfSeed(seed: Uint8Array): string {
  return peerIdOf(publicKeyOf(seed));
}

/** Native: the first use of the pure TypeScript curve costs a starting node 90 ms. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new RangeError(`an ed25519 seed has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(spki.subarray(-32));
}
