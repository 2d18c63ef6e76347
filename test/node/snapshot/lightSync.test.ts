import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CommitError,
  type LightBlock,
  LightError,
  type Trusted,
  type ValidatorSet,
} from '../../../chain/index.ts';
import { lightSync } from '../../../node/snapshot/lightSync.ts';
import {
  accountAt,
  certify,
  type LightChain,
  lightBlock,
  lightChain,
  START,
  setOf,
} from '../../support/lightChain.ts';

const NOW = START + 3_600_000;
const options = () => ({ now: NOW, trustingPeriod: null, overlap: 'third' }) as const;

/** A set of four of twenty, which one validator at a time leaves as the height grows. */
const sliding = (step: number): ValidatorSet => {
  const first = step % 16;
  return setOf({ [first]: 10, [first + 1]: 10, [first + 2]: 10, [first + 3]: 10 });
};

function asking(chain: LightChain, answer = (height: number): LightBlock => chain.at(height)) {
  const heights: number[] = [];
  const fetch = async (height: number): Promise<LightBlock> => {
    heights.push(height);
    return answer(height);
  };
  return { heights, fetch };
}

const refused = (error: unknown): boolean => error instanceof LightError || error instanceof CommitError;

describe('light sync', () => {
  const same = lightChain(Array(40).fill(sliding(0)));
  // A new validator every second height.
  const moving = lightChain(Array.from({ length: 32 }, (_, index) => sliding(index >> 1)));

  it('asks for one header only while the validators stay', async () => {
    const { heights, fetch } = asking(same);
    assert.deepEqual(await lightSync(same.genesis, 40, fetch, options), same.at(40));
    assert.deepEqual(heights, [40]);
  });

  it('bisects where too few of the trusted signed', async () => {
    const { heights, fetch } = asking(moving);
    assert.deepEqual(await lightSync(moving.genesis, 32, fetch, options), moving.at(32));
    assert.equal(heights[0], 32);
    assert.equal(heights[1], 16);
    assert.ok(heights.length < 32, `${heights.length} headers`);
    assert.equal(new Set(heights).size, heights.length, 'no header twice');
  });

  it('comes to the same header over any changes of validators', async () => {
    const sets = fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 14,
    });
    const property = fc.asyncProperty(sets, async drawn => {
      const chain = lightChain(
        drawn.map(indexes => setOf(Object.fromEntries(indexes.map(index => [index, 10 + index])))),
      );
      const { fetch } = asking(chain);
      assert.deepEqual(await lightSync(chain.genesis, drawn.length, fetch, options), chain.at(drawn.length));
    });
    await fc.assert(property, { numRuns: 25 });
  });

  /** Validators who left after height 2 go on with a chain of their own. */
  const forged =
    (signers: ValidatorSet) =>
    (height: number): LightBlock => {
      const { parentHash } = moving.at(height).header;
      const time = START + height * 1000 + 1;
      return lightBlock({ height, parentHash, validators: signers, nextValidators: signers, time });
    };

  it('refuses validators of the past once the trusted header is past their time', async () => {
    const { fetch } = asking(moving, forged(sliding(0)));
    const trusted: Trusted = { ...moving.genesis, nextValidators: sliding(8) };
    await assert.rejects(lightSync(trusted, 32, fetch, options), refused);
    // Of a header at which they did vote they are believed as long as they can be held to account, and no longer.
    const until = (now: number) => () => ({ ...options(), now, trustingPeriod: 60_000 });
    assert.equal((await lightSync(moving.genesis, 32, fetch, until(START + 59_999))).header.height, 32);
    await assert.rejects(lightSync(moving.genesis, 32, fetch, until(START + 60_000)), {
      code: 'TRUST_EXPIRED',
    });
  });

  it('refuses half of the validators of the genesis and any others where it asks for two thirds', async () => {
    const half = setOf({ 0: 10, 1: 10, 22: 10 });
    const { fetch } = asking(moving, forged(half));
    const careful = () => ({ ...options(), overlap: 'two thirds' }) as const;
    await assert.rejects(lightSync(moving.genesis, 32, fetch, careful), { code: 'OTHER_VALIDATORS' });
    assert.equal((await lightSync(moving.genesis, 32, fetch, options)).header.height, 32);
    assert.deepEqual(await lightSync(moving.genesis, 32, asking(moving).fetch, careful), moving.at(32));
  });

  it('refuses a header in between that is forged', async () => {
    for (const change of ['signature', 'sets', 'height'] as const) {
      const lie = (height: number): LightBlock => {
        const block = moving.at(height);
        if (height === 32) return block;
        if (change === 'height') return moving.at(height + 1);
        if (change === 'sets') return { ...block, validators: sliding(12) };
        const header = { ...block.header, stateRoot: block.header.parentHash };
        return { ...block, header, commit: { ...certify(header, [accountAt(0)]) } };
      };
      await assert.rejects(
        lightSync(moving.genesis, 32, asking(moving, lie).fetch, options),
        refused,
        change,
      );
    }
  });

  it('hands on what the peer says instead of a header', async () => {
    const gone = async (): Promise<LightBlock> => {
      throw new Error('not here');
    };
    await assert.rejects(lightSync(same.genesis, 9, gone, options), /not here/);
  });
});
