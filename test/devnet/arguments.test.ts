import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  account,
  bool,
  list,
  oneOf,
  optional,
  struct,
  text,
  u32,
  u64,
} from '../../consensus/interface/index.ts';
import { argumentsOf, signatureOf } from '../../devnet/commands/arguments.ts';
import { jsonSchemaOf } from '../../node/rpc/codecSchema.ts';
import { fromJson } from '../../node/rpc/json.ts';

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const codec = struct({
  who: account,
  amount: u64,
  count: u32,
  really: bool,
  how: oneOf(['fast', 'slow']),
  note: text(20),
  after: optional(u32),
  rows: list(struct({ n: u32 }), 3),
});
const schema = jsonSchemaOf(codec.schema);
const address = async (who: string): Promise<string> => (who === 'alice' ? ALICE : who);
const words = ['who=alice', 'amount=12', 'count=3', 'really=true', 'how=slow', 'note=a=b', 'rows=[{"n":1}]'];
const usage = (message: RegExp) => (error: unknown) =>
  error instanceof Error && error.name === 'USAGE' && message.test(error.message);

describe('arguments of consensus modules on the command line', () => {
  it('are JSON that the codec takes', async () => {
    const args = await argumentsOf(schema, words, address);
    assert.deepEqual(args, {
      who: ALICE,
      amount: '12',
      count: 3,
      really: true,
      how: 'slow',
      note: 'a=b',
      rows: [{ n: 1 }],
    });
    assert.equal((fromJson(codec, args) as { after: null }).after, null);
    const more = await argumentsOf(
      schema,
      [...words.slice(2), 'who=bob', 'amount=1.5tokens', 'after=7'],
      address,
    );
    assert.deepEqual([more.amount, more.after, more.who], ['1500000000', 7, 'bob']);
  });

  it('say what they are', () => {
    assert.equal(
      signatureOf(schema),
      'who=<address> amount=<amount> count=<integer> really=<boolean> how=<fast|slow> note=<text> [after=<integer>] rows=<json>',
    );
    assert.equal(signatureOf(jsonSchemaOf(struct({}).schema)), '');
  });

  it('are refused by name', async () => {
    const refused = (word: string, message: RegExp) =>
      assert.rejects(argumentsOf(schema, [word], address), usage(message));
    await refused('who', /who is not key=value/);
    await refused('=1', /not key=value/);
    await refused('toString=1', /no argument toString/);
    await refused('count=1.5', /count: 1.5 is no integer/);
    await refused('amount=-1', /amount: -1 is no amount/);
    await refused('really=yes', /really: yes is no boolean/);
    await refused('how=well', /how: well is no fast\|slow/);
    await refused('rows=[', /rows: \[ is no json/);
    await refused('count=1', /who is missing/);
    await assert.rejects(argumentsOf(schema, [...words, 'count=4'], address), usage(/count is given twice/));
  });

  it('never fail in any other way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.constantFrom(...words))), async some => {
        try {
          await argumentsOf(schema, some, address);
        } catch (error) {
          assert.ok(error instanceof Error && error.name === 'USAGE', String(error));
        }
      }),
    );
  });
});
