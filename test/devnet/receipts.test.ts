import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { call, describe as describeModule, moduleTypes } from '../../devnet/commands/call.ts';
import { audit, exportLines, list, show, verify } from '../../devnet/commands/receipts.ts';
import type { Context } from '../../devnet/context.ts';
import { defineFunction } from '../../module/index.ts';
import type { Client } from '../../node/client/index.ts';
import type { FakeChain } from '../module/support/fakeChain.ts';
import { ALICE, cleanUp, directory, PRICE, setUp } from '../module/support/setup.ts';

const FROM = { from: 'alice' };
const functions = {
  echo: defineFunction({
    description: 'Says it again',
    price: PRICE,
    params: z.strictObject({ n: z.int().describe('a number'), loud: z.boolean().default(false) }),
    run: params => params,
  }),
};

async function contextOf(fake: FakeChain): Promise<Context> {
  const client = { ...fake.chain, listModules: async () => [await fake.chain.getModule({ module: 'echo' })] };
  return {
    directory: await directory(),
    json: false,
    client: client as unknown as Client,
    signer: async () => ALICE,
    address: async who => who,
    account: async () => ALICE.account,
    names: async () => new Map(),
  };
}

describe('devnet call and devnet receipts', () => {
  let code: typeof process.exitCode;
  beforeEach(() => {
    code = process.exitCode;
    process.exitCode = 0;
  });
  afterEach(async () => {
    process.exitCode = code;
    await cleanUp();
  });

  it('calls at the same time, and each leaves a receipt', async () => {
    const { fake } = await setUp({ functions });
    const context = await contextOf(fake);
    const calls = [1, 2, 3, 4].map(n => call(context, 'echo', 'echo', [`n=${n}`, 'loud=true'], FROM));
    const answers = await Promise.all(calls);
    assert.deepEqual(
      answers.map(({ value }) => (value as { result: unknown }).result),
      [1, 2, 3, 4].map(n => ({ loud: true, n })),
    );
    assert.match(answers[0]?.text ?? '', /"n": 1\n\}\ncost 0\.0000001 tokens$/);
    const { value, text } = await list(context, 'alice', undefined);
    const rows = value as { id: string; state: string; fn: string }[];
    const served = rows.filter(({ state }) => state === 'answered');
    assert.deepEqual([served.length, served[0]?.fn], [4, 'echo']);
    assert.ok(text.includes(served[0]?.id.slice(2, 14) ?? '?'));

    const [{ id } = { id: '' }] = served;
    assert.match((await show(context, id.slice(2, 14), 'alice')).text, /both signatures are right$/);
    await assert.rejects(show(context, 'ffffffffffffffff', 'alice'), { name: 'UNKNOWN_RECEIPT' });
    await assert.rejects(show(context, '..', 'alice'), { name: 'USAGE' });
  });

  it('says what a module offers, and which parameter is wrong', async () => {
    const { fake } = await setUp({ functions });
    const context = await contextOf(fake);
    assert.match(
      (await describeModule(context, 'echo', undefined, FROM)).text,
      /echo n=<integer> \[loud=<boolean>\]/,
    );
    const { text } = await describeModule(context, 'echo', 'echo', FROM);
    assert.match(text, /^devnet call echo echo n=<integer>.*\nSays it again\nprice: 0\.0000001 tokens\n/);
    assert.match(text, /n +integer +required +a number/);
    assert.match((await moduleTypes(context, 'echo', 'alice')).text, /interface EchoModule/);
    await assert.rejects(call(context, 'echo', 'tell', [], FROM), { name: 'UNKNOWN_FUNCTION', hint: /echo/ });
    await assert.rejects(call(context, 'echo', 'echo', ['n=one'], FROM), { message: 'n: one is no integer' });
    await assert.rejects(call(context, 'echo', 'echo', [], FROM), { message: 'n is missing' });
    assert.deepEqual((await list(context, 'alice', undefined)).value, [], 'nothing was signed');
  });

  it('exports what others can verify, and names each line that proves nothing', async () => {
    const { fake } = await setUp({ functions });
    const context = await contextOf(fake);
    for (const n of [1, 2]) await call(context, 'echo', 'echo', [`n=${n}`], FROM);
    const file = join(context.directory, 'receipts.jsonl');
    await exportLines(context, 'alice', { out: file });
    await assert.rejects(exportLines(context, 'alice', { out: file }), { name: 'FILE_EXISTS' });
    const good = await verify(file);
    assert.match(good.text, /test-chain +5 .* 2 +0\.0000002\n2 right, 0 wrong$/);
    assert.equal(process.exitCode, 0);

    const [one = '', two = ''] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${one}\n\n${two.replace('.sr25519.', '.ed25519.')}\n${one}\n{}\n`);
    const bad = await verify(file);
    assert.deepEqual(
      (bad.value as { wrong: { line: number }[] }).wrong.map(({ line }) => line),
      [3, 4, 5],
    );
    assert.match(bad.text, /receipts\.jsonl:4 the same call stands above\n.*\n1 right, 3 wrong$/s);
    assert.equal(process.exitCode, 1);
    writeFileSync(file, '');
    process.exitCode = 0;
    await verify(file);
    assert.equal(process.exitCode, 1, 'nothing proves nothing');
  });

  it('audits: exit code 1 if too much was charged', async () => {
    const { fake, server } = await setUp({ functions });
    const context = await contextOf(fake);
    await call(context, 'echo', 'echo', ['n=1'], FROM);
    assert.match((await audit(context, 'alice', undefined)).text, /open *$/);
    fake.setEpoch(6);
    await server.settle();
    fake.setEpoch(7);
    assert.match((await audit(context, 'alice', '5')).text, /echo +1 +0\.0000001 +0 +0\.0000001 +match *$/);
    assert.equal(process.exitCode, 0);
    const [row] = fake.rows;
    if (row !== undefined) fake.rows.push({ ...row, amount: 1n });
    assert.match((await audit(context, 'alice', undefined)).text, /overcharged *$/);
    assert.equal(process.exitCode, 1);
  });
});
