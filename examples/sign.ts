/**
 * Signs the message of `tx_build` where the key is, far from the node:
 *
 *     npx tsx examples/sign.ts //Alice 0x6465766e65743a...
 */
import { fromHex, toHex } from '../consensus/interface/index.ts';
import { keyPairFromUri } from '../node/client/index.ts';

const [, , uri = '', message = ''] = process.argv;
// An sr25519 signature, after the byte of its scheme.
console.log(toHex(keyPairFromUri(uri).sign(fromHex(message))));
