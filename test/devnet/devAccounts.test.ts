import assert from 'node:assert/strict';
import { keyPairFromUri, type Scheme } from '../../chain/index.ts';
import { Settings } from '../../devnet/config/settings.ts';
import { DEV_ACCOUNTS } from '../../devnet/devAccounts.ts';
import { DEV_AUTHORITY_PATH, devAccount, people, validatorPath } from '../../devnet/people.ts';

/** With two spaces it is the same phrase, and none that the code knows by heart. */
const PHRASE = 'bottom  drive obey lake curtain smoke basket hold race lonely fit walk';

describe('the accounts of the development phrase', () => {
  it('are what the phrase derives', () => {
    for (const [scheme, accounts] of Object.entries(DEV_ACCOUNTS))
      for (const [path, account] of Object.entries(accounts))
        assert.equal(keyPairFromUri(`${PHRASE}${path}`, scheme as Scheme).account, account, path);
  });

  it('are known for the devnet that names no other numbers, and for as many validators as there may be', () => {
    const { accounts } = Settings.parse({});
    const known = (scheme: Scheme) => Object.keys(DEV_ACCOUNTS[scheme] ?? {});
    assert.deepEqual(known('sr25519'), [...people(accounts).map(({ path }) => path), DEV_AUTHORITY_PATH]);
    assert.ok(Settings.safeParse({ nodes: known('ed25519').length }).success);
    assert.ok(!Settings.safeParse({ nodes: known('ed25519').length + 1 }).success);
    assert.deepEqual(
      known('ed25519'),
      known('ed25519').map((_, index) => validatorPath(index)),
    );
  });

  it('are those of another phrase where there is one, and derived where they are not known', () => {
    const derived = (uri: string) => keyPairFromUri(uri).account;
    assert.equal(devAccount('', '//Alice'), derived('//Alice'));
    assert.equal(devAccount('', '//Dev11'), derived('//Dev11'));
    assert.equal(devAccount(PHRASE, '//Dev11'), derived('//Dev11'));
    const other = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
    assert.equal(devAccount(other, '//Alice'), derived(`${other}//Alice`));
    assert.notEqual(devAccount(other, '//Alice'), devAccount('', '//Alice'));
  });
});
