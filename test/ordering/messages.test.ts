import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS } from '../../chain/index.ts';
import { CodecError, decode, encode, type Hex, toHex } from '../../consensus/interface/index.ts';
import { committeeOf } from '../../node/ordering/certificate.ts';
import { judge } from '../../node/ordering/judge.ts';
import {
  decodeMessage,
  encodeMessage,
  MAX_MESSAGE_BYTES,
  type OrderingMessage,
} from '../../node/ordering/messages.ts';
import { proposerAt } from '../../node/ordering/proposer.ts';
import { SignRecord } from '../../node/ordering/tendermint/record.ts';
import { toValue } from '../../node/ordering/value.ts';
import { CHAIN_ID, createTestApplication } from './application.ts';
import { testValidators } from './cluster.ts';

const { validators } = testValidators([1, 1, 1, 1]);
const HEIGHT = 1;
const committee = committeeOf(CHAIN_ID, HEIGHT, validators, round => proposerAt(validators, HEIGHT, round));
const signature = new Uint8Array(65).fill(2);

/** With the prototype that decoded values have. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const hash: fc.Arbitrary<Hex> = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const height = fc.integer({ min: 0, max: 2 ** 40 });
const round = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const signed = fc.uint8Array({ maxLength: LIMITS.signature });
const block = fc.uint8Array({ maxLength: 200 });
const maybe = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(item, { nil: null });
const certificate = record({
  height,
  round,
  blockHash: hash,
  signatures: fc.array(record({ validator: hash, signature: signed }), { maxLength: 5 }),
});
const vote = record({
  kind: fc.constantFrom('prevote' as const, 'precommit' as const),
  height,
  round,
  blockHash: maybe(hash),
  validator: fc.oneof(hash, fc.constantFrom(...validators.map(({ validator }) => validator))),
  signature: signed,
});
const proposal = record({
  height,
  round,
  validRound: maybe(round),
  blockHash: hash,
  proposer: hash,
  signature: signed,
});
const message: fc.Arbitrary<OrderingMessage> = fc.oneof(
  record({ kind: fc.constant('vote' as const), vote }),
  record({ kind: fc.constant('proposal' as const), proposal, polka: maybe(certificate), block }),
  record({ kind: fc.constantFrom('polka' as const, 'commit' as const), certificate, block }),
  record({ kind: fc.constant('status' as const), height, round: maybe(round), mineUntil: height }),
);

describe('ordering: messages', () => {
  it('come back from their bytes', () => {
    fc.assert(fc.property(message, value => assert.deepEqual(decodeMessage(encodeMessage(value)), value)));
  });

  it('any bytes at all are a message or a CodecError', () => {
    const mutated = fc
      .tuple(message, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean())
      .map(([value, at, byte, cut]) => {
        const raw = encodeMessage(value);
        if (cut) return raw.subarray(0, at % raw.length);
        raw[at % raw.length] = byte;
        return raw;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), raw => {
        try {
          assert.deepEqual(encodeMessage(decodeMessage(raw)), Uint8Array.from(raw));
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
    assert.throws(() => decodeMessage(new Uint8Array(MAX_MESSAGE_BYTES + 1)), { code: 'TOO_LARGE' });
  });

  it('a full block with a full certificate fits the limit', () => {
    const full = {
      height: 2 ** 52,
      round: 2 ** 32 - 1,
      blockHash: toHex(new Uint8Array(32)),
      signatures: Array.from({ length: LIMITS.validators }, () => ({
        validator: toHex(new Uint8Array(32)),
        signature: new Uint8Array(LIMITS.signature),
      })),
    };
    const { blockHash } = full;
    const proposal = {
      ...full,
      validRound: 1,
      proposer: blockHash,
      signature: new Uint8Array(LIMITS.signature),
    };
    const value: OrderingMessage = {
      kind: 'proposal',
      proposal,
      polka: full,
      block: new Uint8Array(LIMITS.block),
    };
    assert.ok(encodeMessage(value).length <= MAX_MESSAGE_BYTES);
  });

  it('are judged without an exception, whatever they say', () => {
    fc.assert(
      fc.property(message, value => {
        if (value.kind === 'status') return;
        const judged = judge(value, committee);
        if ('offence' in judged) assert.ok(judged.offence.length > 10 && judged.points > 0);
        else assert.ok(judged.checks.length > 0, 'nothing is believed without a signature');
      }),
      { numRuns: 500 },
    );
  });

  describe('that only a liar sends', () => {
    const application = createTestApplication({ validators: () => validators });
    const offence = (value: Exclude<OrderingMessage, { kind: 'status' }>): string => {
      const judged = judge(value, committee);
      return 'offence' in judged ? judged.offence : 'none';
    };
    const proposer = proposerAt(validators, HEIGHT, 0);

    async function honest() {
      const request = { height: HEIGHT, round: 0, now: 5, proposer, lastCommit: null };
      const block = await application.prepareProposal(request);
      const value = toValue(block);
      const proposal = {
        height: HEIGHT,
        round: 0,
        validRound: null,
        blockHash: value.hash,
        proposer,
        signature,
      };
      return { block, value, proposal };
    }

    it('an honest proposal is no offence', async () => {
      const { proposal, value } = await honest();
      assert.equal(offence({ kind: 'proposal', proposal, polka: null, block: value.bytes }), 'none');
    });

    it('two bodies under one header', async () => {
      const { block, proposal } = await honest();
      const other = toValue({ ...block, transactions: [Uint8Array.of(1)] });
      assert.match(offence({ kind: 'proposal', proposal, polka: null, block: other.bytes }), /transactions/);
      const commit = { height: 0, round: 0, blockHash: proposal.blockHash, signatures: [] };
      const late = toValue({ ...block, lastCommit: commit });
      assert.match(offence({ kind: 'proposal', proposal, polka: null, block: late.bytes }), /last commit/);
    });

    it('out of turn, for another block, or proved by its own round', async () => {
      const { proposal, value } = await honest();
      const send = (change: Partial<typeof proposal> | { validRound: number }): string =>
        offence({ kind: 'proposal', proposal: { ...proposal, ...change }, polka: null, block: value.bytes });
      assert.match(send({ round: 1 }), /turn/);
      assert.match(send({ blockHash: toHex(new Uint8Array(32)) }), /another block/);
      assert.match(send({ validRound: 0 }), /proved/);
    });

    it('certificates with strangers, twice the same, too few, or other schemes', async () => {
      const { value } = await honest();
      const accounts = validators.map(({ validator }) => validator);
      const send = (voters: readonly Hex[], scheme = 2, height = HEIGHT): string =>
        offence({
          kind: 'polka',
          block: value.bytes,
          certificate: {
            height,
            round: 0,
            blockHash: value.hash,
            signatures: voters.map(validator => ({ validator, signature: signature.with(0, scheme) })),
          },
        });
      const [a, b, c] = accounts;
      if (a === undefined || b === undefined || c === undefined) assert.fail();
      assert.equal(send([a, b, c]), 'none');
      assert.match(send([a, b]), /two thirds/);
      assert.match(send([a, a, b]), /ascend/);
      assert.match(send([b, a, c]), /ascend/);
      assert.match(send([a, b, toHex(new Uint8Array(32).fill(255))]), /no validator/);
      assert.match(send([a, b, c], 1), /ed25519/);
      assert.match(send([a, b, c], 2, 2), /height/);
    });
  });

  it('a signing record is a record or a CodecError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), raw => {
        try {
          assert.deepEqual(encode(SignRecord, decode(SignRecord, raw)), raw);
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
        }
      }),
    );
  });
});
