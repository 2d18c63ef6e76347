import assert from 'node:assert/strict';
import type { Check } from '../../consensus/interface/index.ts';
import { keyPairFromUri, verifyCheck } from '../../module/index.ts';
import { createVerifier } from '../../module/server/verifier.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

function checks(count: number): Check[] {
  const keys = (['sr25519', 'ed25519', 'ecdsa'] as const).map(scheme => keyPairFromUri('//Alice', scheme));
  return Array.from({ length: count }, (_, index) => {
    const key = keys[index % keys.length] ?? assert.fail();
    const message = Buffer.from(`message ${index}`);
    const signature = Uint8Array.from(key.sign(message));
    // Every fifth is wrong somewhere: in the text, or in the signature.
    if (index % 5 === 1) signature[10] = (signature[10] ?? 0) ^ 1;
    return { account: key.account, signature, message: index % 5 === 2 ? Buffer.from('another') : message };
  });
}

describe('verification of many callers', () => {
  const verifier = createVerifier(SILENT);
  after(() => verifier.close());

  it('gives each his own answer, alone and in batches', async () => {
    const asked = checks(100);
    const expected = asked.map(verifyCheck);
    assert.deepEqual(expected.slice(0, 5), [true, false, false, true, true]);
    assert.deepEqual(await Promise.all(asked.map(verifier.verify)), expected);
    for (const [index, check] of asked.slice(0, 5).entries())
      assert.equal(await verifier.verify(check), expected[index]);
  });

  it('what cannot be a signature is none, also among others', async () => {
    const [good = assert.fail()] = checks(1);
    const odd: Check[] = [
      { ...good, signature: new Uint8Array() },
      { ...good, account: '0x00' },
      { ...good, signature: Uint8Array.of(9, ...good.signature.subarray(1)) },
      good,
    ];
    assert.deepEqual(await Promise.all(odd.map(verifier.verify)), [false, false, false, true]);
  });

  it('what is asked of a closed one is refused, not left waiting', async () => {
    const closed = createVerifier(SILENT);
    await closed.close();
    await assert.rejects(Promise.all(checks(10).map(closed.verify)), { code: 'CLOSED' });
  });
});
