import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyPairFromUri } from '../../chain/index.ts';
import {
  createKey,
  decrypt,
  encrypt,
  exportSecret,
  findKey,
  importKey,
  listKeys,
  loadKey,
  signMessage,
  uriFromPassword,
  verifyMessage,
} from '../../module/index.ts';
import { cleanUp, directory } from './support/setup.ts';

const vectors = JSON.parse(await readFile(new URL('../vectors/seed-systems.json', import.meta.url), 'utf8'));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const SECRET = Buffer.from('a secret');

describe('encryption', () => {
  it('opens with its password or key only, and differs each time', async () => {
    for (const opener of [{ password: 'pässword' }, { secret: '//Alice' }]) {
      const envelope = await encrypt(SECRET, opener);
      assert.equal(text(await decrypt(envelope, opener)), 'a secret');
      assert.notEqual(await encrypt(SECRET, opener), envelope);
      const wrong = 'password' in opener ? { password: 'other' } : { secret: '//Bob' };
      await assert.rejects(decrypt(envelope, wrong), { code: 'WRONG_PASSWORD' });
      const other = 'password' in opener ? { secret: 'pässword' } : { password: '//Alice' };
      await assert.rejects(decrypt(envelope, other), { code: 'BAD_ENVELOPE' });
    }
  });

  it('notices every changed character', async () => {
    const opener = { secret: '//Alice' };
    const envelope = await encrypt(SECRET, opener);
    for (let at = 0; at < envelope.length; at++) {
      const changed = envelope.slice(0, at) + (envelope[at] === 'A' ? 'B' : 'A') + envelope.slice(at + 1);
      await assert.rejects(decrypt(changed, opener), { name: 'ModuleError' });
    }
  });

  it('refuses what is no envelope', async () => {
    for (const envelope of [
      '',
      'devnet-aes:',
      'devnet-aes:1:',
      'devnet-aes:3:AAAA',
      'devnet-aes:1:a:b',
      'x',
      'AAAA',
    ])
      await assert.rejects(decrypt(envelope, { password: 'p' }), { code: 'BAD_ENVELOPE' });
  });

  it('reads the older CBC envelopes', async () => {
    const { password, cases } = vectors.aes_cbc;
    for (const { plaintext, out_b64 } of cases) {
      assert.equal(text(await decrypt(out_b64, { password })), plaintext);
      await assert.rejects(decrypt(out_b64, { password: 'wrong' }), { code: 'WRONG_PASSWORD' });
    }
    await assert.rejects(decrypt(Buffer.alloc(16).toString('base64'), { password }), {
      code: 'BAD_ENVELOPE',
    });
  });

  it('takes over keys that were made from a password', () => {
    for (const { password, seed, ss58 } of vectors.password_key) {
      assert.equal(uriFromPassword(password), `0x${seed}`);
      assert.equal(keyPairFromUri(uriFromPassword(password)).address, ss58);
    }
  });
});

describe('key files', () => {
  afterEach(cleanUp);

  it('keep a key, encrypted or not, in mode 0600', async () => {
    const dir = join(await directory(), 'keys');
    const made = await createKey({ directory: dir, name: 'fam', password: 'pw' });
    const known = await importKey({
      directory: dir,
      name: 'alice',
      uri: '//Alice',
      scheme: 'ed25519',
      password: null,
    });
    assert.deepEqual(await listKeys(dir), { keys: [known, made], damaged: [] });
    assert.deepEqual([made.encrypted, known.encrypted, known.scheme], [true, false, 'ed25519']);
    for (const name of ['fam', 'alice'])
      assert.equal((await stat(join(dir, `${name}.json`))).mode & 0o777, 0o600);
    assert.equal((await stat(dir)).mode & 0o777, 0o700);

    const loaded = await loadKey({ directory: dir, name: 'fam', password: 'pw' });
    assert.equal(loaded.pair.address, made.address);
    assert.equal(text(await loaded.decrypt(await loaded.encrypt(SECRET))), 'a secret');
    assert.equal(await exportSecret({ directory: dir, name: 'alice' }), '//Alice');
    assert.ok(!(await readFile(join(dir, 'fam.json'), 'utf8')).includes('uri'));
    assert.ok(
      !JSON.stringify(loaded).includes(await exportSecret({ directory: dir, name: 'fam', password: 'pw' })),
    );
  });

  it('say what is wrong', async () => {
    const dir = await directory();
    await createKey({ directory: dir, name: 'fam', password: 'pw' });
    await importKey({ directory: dir, name: 'plain', uri: '//Bob', password: null });
    const fails = (promise: Promise<unknown>, code: string) =>
      assert.rejects(promise, { name: 'ModuleError', code });
    await fails(createKey({ directory: dir, name: 'fam', password: null }), 'KEY_EXISTS');
    await fails(createKey({ directory: dir, name: '../x', password: null }), 'KEY_NAME_INVALID');
    await fails(
      importKey({ directory: dir, name: 'x', uri: 'no such words', password: null }),
      'KEY_INVALID',
    );
    await fails(loadKey({ directory: dir, name: 'nobody' }), 'KEY_MISSING');
    await fails(loadKey({ directory: dir, name: 'fam' }), 'PASSWORD_NEEDED');
    await fails(loadKey({ directory: dir, name: 'fam', password: 'no' }), 'WRONG_PASSWORD');
    await assert.rejects(loadKey({ directory: dir, name: 'fam', password: 'no' }), /the key fam/);
    const path = join(dir, 'plain.json');
    const json = await readFile(path, 'utf8');
    for (const damaged of [
      '',
      '{',
      '[]',
      json.slice(0, -20),
      json.replace('"version": 1', '"version": "1"'),
      json.replace('"plain"', '"other"'),
      json.replace('//Bob', '//Eve'),
    ]) {
      await writeFile(path, damaged);
      await fails(loadKey({ directory: dir, name: 'plain' }), 'KEY_FILE_INVALID');
    }
    await writeFile(path, json.slice(0, -20));
    // One damaged file keeps nobody from the other keys.
    const { keys, damaged } = await listKeys(dir);
    assert.deepEqual([keys.map(({ name }) => name), damaged.map(({ name }) => name)], [['fam'], ['plain']]);
    await fails(findKey(dir, 'plain'), 'KEY_FILE_INVALID');
    assert.equal((await findKey(dir, 'fam'))?.encrypted, true);
    for (const nobody of ['nobody', '../fam', '', '5Grw...'])
      assert.equal(await findKey(dir, nobody), null, nobody);
    await writeFile(path, json.replace('"version": 1', '"version": 2'));
    await fails(loadKey({ directory: dir, name: 'plain' }), 'KEY_FILE_VERSION');
    await fails(createKey({ directory: dir, name: 'none', password: '' }), 'PASSWORD_NEEDED');
    await writeFile(path, json);
    await chmod(path, 0o644);
    await fails(loadKey({ directory: dir, name: 'plain' }), 'KEY_FILE_INVALID');
    assert.deepEqual(await listKeys(join(dir, 'none')), { keys: [], damaged: [] });
  });

  it('keep the keys of the well-known phrase, in every scheme, with the addresses that other systems give them', async () => {
    const dir = await directory();
    const { phrase, uris } = vectors.sr25519;
    for (const [index, [path, { ss58 }]] of Object.entries<{ ss58: string }>(uris).entries()) {
      const { address } = await importKey({
        directory: dir,
        name: `k${index}`,
        uri: phrase + path,
        password: null,
      });
      assert.equal(address, ss58, path);
      const { pair } = await loadKey({ directory: dir, name: `k${index}` });
      assert.equal(pair.address, ss58);
    }
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa'] as const) {
      const made = await createKey({ directory: dir, name: scheme, scheme, words: 24, password: null });
      assert.equal((await exportSecret({ directory: dir, name: scheme })).split(' ').length, 24);
      const { pair, encrypt: hide, decrypt: open } = await loadKey({ directory: dir, name: scheme });
      assert.equal(pair.address, made.address);
      assert.equal(text(await open(await hide(SECRET))), 'a secret');
    }
  });

  it('two at once under one name: one is kept, whole', async () => {
    const dir = await directory();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => createKey({ directory: dir, name: 'one', password: null })),
    );
    const made = tries.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(made.length, 1);
    for (const one of tries) if (one.status === 'rejected') assert.equal(one.reason.code, 'KEY_EXISTS');
    assert.deepEqual(await listKeys(dir), { keys: made, damaged: [] });
    assert.deepEqual(await readdir(dir), ['one.json'], 'nothing half-written stays');
  });

  it('sign messages in a domain of their own, with every scheme', () => {
    const message = Buffer.from('hello');
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa'] as const) {
      const pair = keyPairFromUri('//Alice', scheme);
      const signature = signMessage(pair, message);
      assert.ok(verifyMessage(pair.address, message, signature));
      assert.ok(!verifyMessage(pair.address, Buffer.from('hellp'), signature));
      assert.ok(!verifyMessage(pair.address, message, pair.sign(message)));
    }
  });
});
