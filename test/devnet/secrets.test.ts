import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { askHidden, newPassword, passwordOf, type Terminal } from '../../devnet/secrets.ts';

function terminal(): Terminal & { readonly typing: PassThrough; shown(): string; raw(): readonly boolean[] } {
  const typing = new PassThrough();
  const raw: boolean[] = [];
  let shown = '';
  const input = Object.assign(typing, { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  return {
    input,
    typing,
    output: { write: (text: string) => (shown += text) },
    shown: () => shown,
    raw: () => raw,
  };
}

describe('secrets at a terminal', () => {
  const before = process.env.DEVNET_PASSWORD;
  beforeEach(() => {
    delete process.env.DEVNET_PASSWORD;
  });
  afterEach(() => {
    if (before !== undefined) process.env.DEVNET_PASSWORD = before;
  });

  it('are not shown, can be corrected, and give the terminal back', async () => {
    const at = terminal();
    const asked = askHidden('password: ', at);
    for (const part of ['sef', '\u007f', 'crét', '\r']) at.typing.write(part);
    assert.equal(await asked, 'secrét');
    assert.equal(at.shown(), 'password: \n');
    assert.deepEqual(at.raw(), [true, false]);
  });

  it('come in pieces, and what is pasted behind belongs to the next question', async () => {
    const at = terminal();
    const [first, second] = [Buffer.from('né'), Buffer.from('\npw\npw\n')];
    at.typing.write(first.subarray(0, 2));
    at.typing.write(first.subarray(2));
    at.typing.write(second);
    assert.equal(await askHidden('name: ', at), 'né');
    assert.equal(await newPassword(undefined, at), 'pw');
  });

  it('Ctrl-C, Ctrl-D and the end of input cancel', async () => {
    for (const key of ['\u0003', '\u0004', null]) {
      const at = terminal();
      const asked = askHidden('password: ', at);
      if (key === null) at.typing.end();
      else at.typing.write(`half${key}`);
      await assert.rejects(asked, { name: 'CANCELLED' });
      assert.deepEqual(at.raw(), [true, false]);
    }
  });

  it('a new password is asked for twice, and never empty', async () => {
    const differ = terminal();
    differ.typing.write('one\ntwo\n');
    await assert.rejects(newPassword(undefined, differ), { name: 'USAGE', message: 'the two differ' });
    const empty = terminal();
    empty.typing.write('\n');
    await assert.rejects(newPassword(undefined, empty), { name: 'USAGE', message: /empty/ });
  });

  it('without a terminal only DEVNET_PASSWORD counts', async () => {
    const pipe: Terminal = {
      input: new PassThrough(),
      output: { write: () => assert.fail('nobody is asked') },
    };
    assert.equal(await passwordOf('me', pipe), undefined);
    await assert.rejects(newPassword(undefined, pipe), { name: 'USAGE', hint: /DEVNET_PASSWORD/ });
    process.env.DEVNET_PASSWORD = 'pw';
    assert.equal(await passwordOf('me', pipe), 'pw');
    assert.equal(await newPassword(undefined, pipe), 'pw');
    assert.equal(await newPassword('given', pipe), 'given');
    delete process.env.DEVNET_PASSWORD;
  });
});
