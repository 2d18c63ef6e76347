import assert from 'node:assert/strict';
import { signatureParts, verifySignature } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import { cachedVerifier } from '../../node/verify/cache.ts';
import { verifyCheck } from '../../node/verify/check.ts';
import { FAST_LOADERS, fastVerifier, loadedVerifier } from '../../node/verify/fast.ts';
import { packChecks, unpackChecks } from '../../node/verify/pack.ts';
import { createWorkerPool, VerifyError } from '../../node/verify/pool.ts';
import { createVerifier } from '../../node/verify/verifier.ts';
import { silentLog } from './support/log.ts';
import { goodCheck, samples } from './support/signatures.ts';

describe('signature verification', () => {
  const all = samples();
  const expected = all.map(({ check }) => verifySignature(check));

  it('has good and bad samples of every scheme', () => {
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa']) {
      const of = all.flatMap(({ name }, i) => (name.startsWith(scheme) ? [expected[i]] : []));
      assert.ok(of.includes(true) && of.includes(false), scheme);
    }
  });

  it('loads every fast implementation here', () => {
    const first = (['ed25519', 'sr25519', 'ecdsa'] as const).map(loadedVerifier);
    assert.deepEqual(
      first.map(({ verifier, missing }) => [verifier?.name, missing]),
      [
        ['sodium-native', []],
        ['schnorrkel-wasm', []],
        ['secp256k1', []],
      ],
    );
  });

  it('begins with what is loaded anyway, and goes over to the faster one', () => {
    const names = Array.from({ length: 100 }, () => fastVerifier('ed25519')?.name);
    assert.equal(names.at(-1), 'sodium-native');
    assert.ok(names.filter(name => name !== 'sodium-native').every(name => name === 'node:crypto'));
  });

  for (const { name, scheme, load } of FAST_LOADERS)
    it(`${name} accepts good ${scheme} signatures and nothing that the reference refuses`, () => {
      const verify = load();
      const accepts = (check: Check): boolean => {
        const parts = signatureParts(check);
        if (parts === undefined || parts.scheme !== scheme) return false;
        try {
          return verify(parts);
        } catch {
          return false;
        }
      };
      const wrong = all.filter(({ check }, i) => accepts(check) && expected[i] === false);
      assert.deepEqual(
        wrong.map(sample => sample.name),
        [],
      );
      assert.equal(accepts(goodCheck(scheme)), true);
    });

  for (const [i, { name, check }] of all.entries())
    if (!/of small order/.test(name))
      it(`${name}: ${expected[i] ? 'right' : 'wrong'}`, () => assert.equal(verifyCheck(check), expected[i]));

  it('agrees with the reference on all pairs of points of small order', () => {
    const wrong = all.filter(({ check }, i) => verifyCheck(check) !== expected[i]);
    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    );
  });

  it('packs and unpacks checks', () => {
    const checks = all.map(({ check }) => check).filter(check => signatureParts(check) !== undefined);
    assert.deepEqual(
      unpackChecks(packChecks(checks)).map(c => ({
        ...c,
        signature: Buffer.from(c.signature),
        message: Buffer.from(c.message),
      })),
      checks.map(c => ({ ...c, signature: Buffer.from(c.signature), message: Buffer.from(c.message) })),
    );
  });

  it('answers in order from workers, malformed checks included', async () => {
    const verifier = createVerifier({ workers: 2, log: silentLog });
    const malformed: Check = { account: '0x12', signature: new Uint8Array(), message: new Uint8Array() };
    const checks = [malformed, ...all.map(({ check }) => check), malformed];
    try {
      const [results, few] = await Promise.all([
        verifier.verify(checks),
        verifier.verify([goodCheck('ed25519')]),
      ]);
      assert.deepEqual(results, [false, ...expected, false]);
      assert.deepEqual(few, [true]);
      assert.equal(verifier.pending(), 0);
    } finally {
      await verifier.close();
    }
  });

  it('lets votes pass transactions that wait', async () => {
    const verifier = createVerifier({ workers: 1, log: silentLog });
    const good = goodCheck('ed25519');
    const wrong = { ...good, signature: flippedOf(good.signature) };
    const order: string[] = [];
    try {
      const flood = verifier.verify(Array<Check>(300).fill(wrong)).then(() => order.push('transactions'));
      const votes = verifier.verify(Array<Check>(40).fill(good), 'votes').then(() => order.push('votes'));
      await Promise.all([flood, votes]);
      assert.deepEqual(order, ['votes', 'transactions']);
    } finally {
      await verifier.close();
    }
  });

  it('starts no worker for the few votes of a chain without work', async () => {
    let now = 0;
    let workers = 0;
    const count = (): void => void workers++;
    process.on('worker', count);
    const verifier = createVerifier({ workers: 1, log: silentLog, now: () => now });
    const verify = async (checks: number): Promise<number> => {
      assert.deepEqual(await verifier.verify(Array<Check>(checks).fill(goodCheck('ed25519'))), [
        ...Array<boolean>(checks).fill(true),
      ]);
      return workers;
    };
    try {
      for (let votes = 0; votes < 256; votes += 32) assert.equal(await verify(32), 0);
      now += 500;
      for (const votes of [32, 32, 4]) assert.equal(await verify(votes), 0);
      assert.equal(await verify(5), 1);
      // From then on it has them, and this thread only what is cheaper here.
      now += 10_000;
      assert.equal(await verify(32), 1);
    } finally {
      await verifier.close();
      process.off('worker', count);
    }
  });

  it('starts one for a batch of another size', async () => {
    const started = new Promise(resolve => process.once('worker', resolve));
    const verifier = createVerifier({ workers: 1, log: silentLog });
    try {
      await verifier.verify(Array<Check>(33).fill(goodCheck('ed25519')));
      await started;
    } finally {
      await verifier.close();
    }
  });

  it('asks once more after a crash, then says so', async () => {
    const crash = new URL('./support/crashing-worker.js', import.meta.url);
    const pool = createWorkerPool(1, silentLog, crash);
    try {
      await assert.rejects(pool.run([goodCheck('ed25519')]), { name: 'VerifyError', code: 'WORKER_CRASHED' });
    } finally {
      await pool.close();
    }
    await assert.rejects(
      pool.run([]),
      (error: unknown) => error instanceof VerifyError && error.code === 'CLOSED',
    );
  });

  it('verifies a signature once and forgets the least recently used', async () => {
    let asked = 0;
    const cached = cachedVerifier(
      {
        verify: async checks => {
          asked += checks.length;
          return checks.map(verifySignature);
        },
      },
      2,
    );
    const [a, b, c] = [goodCheck('ed25519', '//A'), goodCheck('ed25519', '//B'), goodCheck('ed25519', '//C')];
    const bad = { ...a, message: new Uint8Array(1) };
    assert.deepEqual(await cached.verify([a, bad]), [true, false]);
    assert.deepEqual(await cached.verify([bad, a, b]), [false, true, true]);
    assert.equal(asked, 3);
    assert.deepEqual(await cached.verify([a, b, c]), [true, true, true]);
    assert.equal(asked, 4);
    assert.deepEqual(await cached.verify([bad]), [false]);
    assert.equal(asked, 5);
  });
});

const flippedOf = (signature: Uint8Array): Uint8Array =>
  signature.map((byte, at) => (at === 10 ? byte ^ 1 : byte));
