import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fromAddress, toAddress } from '../../chain/index.ts';
import { toHex } from '../../consensus/interface/index.ts';
import { accountOf, addressOf } from '../../module/server/addresses.ts';

describe('addresses of callers', () => {
  it('are read as the chain reads them, the first time, again, and when there are too many to remember', () => {
    const accounts = Array.from({ length: 9_000 }, (_, index) =>
      toHex(createHash('sha256').update(`${index}`).digest()),
    );
    const addresses = accounts.map(account => addressOf(account));
    for (let round = 0; round < 2; round++)
      for (const [index, address] of addresses.entries()) assert.equal(accountOf(address), accounts[index]);
    for (const account of accounts.slice(0, 50)) {
      assert.equal(addressOf(account), toAddress(account));
      assert.equal(fromAddress(addressOf(account)), account);
    }
  });

  it('that are none are none, also the second time', () => {
    const [good = ''] = [addressOf(`0x${'07'.repeat(32)}`)];
    for (const bad of [
      '',
      'x',
      `${good}1`,
      good.slice(1),
      good.replace(/.$/, '1'),
      toAddress(`0x${'07'.repeat(32)}`, 0),
    ])
      for (let round = 0; round < 2; round++) assert.equal(accountOf(bad), undefined, bad);
  });
});
