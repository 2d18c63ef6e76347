import assert from 'node:assert/strict';
import { createModuleClient, evidenceLine, readEvidence } from '../../module/index.ts';
import { ALICE, cleanUp, directory, onEnd, PRICE, SERVER, setUp } from './support/setup.ts';

describe('receipts as evidence', () => {
  afterEach(cleanUp);

  async function lines(count: number): Promise<string[]> {
    const { fake } = await setUp();
    const modules = await createModuleClient({ key: ALICE, client: fake.chain, dir: await directory() });
    onEnd(() => modules.close());
    for (let call = 0; call < count; call++) await modules.call('echo', 'echo', { call });
    return (await modules.receipts()).map(({ call }) => evidenceLine(call));
  }

  it('prove a call to somebody who has nothing else', async () => {
    const [line = ''] = await lines(1);
    const { id, header, receipt } = readEvidence(line);
    assert.deepEqual(
      [header.client, header.server, header.fn, header.maxUsage, receipt.cost],
      [ALICE.account, SERVER.account, 'echo', PRICE, PRICE],
    );
    assert.equal(receipt.headerHash, id);
  });

  it('every changed character is noticed', async () => {
    const [line = ''] = await lines(1);
    for (let at = 0; at < line.length; at += 3) {
      const changed = line.slice(0, at) + (line[at] === 'a' ? 'b' : 'a') + line.slice(at + 1);
      assert.throws(() => readEvidence(changed), { code: 'BAD_EVIDENCE' }, `character ${at}`);
    }
  });

  it('the receipt of one call does not prove another', async () => {
    const [one, two] = (await lines(2)).map(line => JSON.parse(line) as { auth: string; receipt: string });
    const mixed = JSON.stringify({ auth: one?.auth, receipt: two?.receipt });
    assert.throws(() => readEvidence(mixed), { code: 'BAD_EVIDENCE', message: /another call/ });
  });

  it('what is no evidence is refused by name', () => {
    for (const line of [
      '',
      '1',
      'null',
      '[]',
      '{}',
      '{"auth":1,"receipt":2}',
      '{"auth":"a.b.c","receipt":""}',
      `"${'x'.repeat(20_000)}"`,
    ])
      assert.throws(() => readEvidence(line), { code: 'BAD_EVIDENCE' }, line.slice(0, 40));
  });
});
