import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import fc from 'fast-check';
import { ProtocolError } from '../../p2p/core/protocol-error.ts';
import { negotiationCheck } from '../../p2p/libp2p/negotiation-guard.ts';
import { createLibp2pNetwork, peerIdOf, peerIdOfSeed } from '../../p2p/libp2p.ts';
import { ACCEPT_ALL, ANY_PORT, addressOf, seedOf, silent } from './bed.ts';

const options = (number: number, listen: string[]) => ({
  privateKeySeed: seedOf(number),
  listen,
  handshake: ACCEPT_ALL,
  log: silent,
});

describe('a libp2p node', () => {
  it('knows its id before libp2p is loaded, and it is the one that libp2p gives', async () => {
    const network = createLibp2pNetwork(options(7, [ANY_PORT]));
    const before = network.id;
    await network.start();
    assert.ok(addressOf(network).endsWith(`/p2p/${before}`));
    const { generateKeyPairFromSeed } = await import('@libp2p/crypto/keys');
    const { publicKey } = await generateKeyPairFromSeed('Ed25519', seedOf(7));
    assert.equal(peerIdOf(publicKey.raw), before);
    assert.equal(peerIdOfSeed(seedOf(7)), before);
    await network.stop();
  });

  it('says which address is in use', async () => {
    const first = createLibp2pNetwork(options(1, [ANY_PORT]));
    await first.start();
    const taken = addressOf(first).replace(/\/p2p\/.*/, '');
    const second = createLibp2pNetwork(options(2, [taken]));
    await assert.rejects(second.start(), {
      name: 'NetworkError',
      code: 'ADDRESS_IN_USE',
      message: new RegExp(taken),
    });
    await second.stop();
    await first.stop();
  });

  it('refuses a seed or key of another size', () => {
    assert.throws(() => peerIdOfSeed(new Uint8Array(31)), RangeError);
    assert.throws(() => peerIdOf(new Uint8Array(33)), RangeError);
  });

  it('is loaded by nobody who only imports this folder', () => {
    const files = readdirSync('p2p', { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.ts'),
    );
    assert.ok(files.length > 10);
    for (const file of files) {
      const source = readFileSync(joinPath('p2p', file), 'utf8');
      const loading = /^import (?!type )[^;]*from '(libp2p|@libp2p\/|@chainsafe\/|@multiformats\/)/m;
      assert.ok(!loading.test(source), `${file} loads libp2p when it is imported`);
    }
  });
});

describe('the guard of a negotiation', () => {
  const proposal = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n');

  it('passes an honest one, however it is cut', () => {
    for (let piece = 1; piece <= proposal.length; piece++) {
      const check = negotiationCheck(protocol => protocol === '/noise');
      const verdicts = [];
      for (let at = 0; at < proposal.length; at += piece)
        verdicts.push(check(proposal.subarray(at, at + piece)));
      assert.deepEqual([verdicts.pop(), verdicts.includes(true)], [true, false]);
    }
  });

  it('decides within 300 bytes, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 28 }),
        fc.uint8Array({ minLength: 300, maxLength: 300 }),
        (kept, noise) => {
          const check = negotiationCheck(protocol => protocol === '/noise');
          try {
            assert.equal(check(Buffer.concat([proposal.subarray(0, kept), noise])), true);
          } catch (error) {
            assert.ok(error instanceof ProtocolError);
          }
        },
      ),
    );
  });
});
