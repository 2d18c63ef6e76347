import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  blockHash,
  CommitError,
  isOverlap,
  isQuorum,
  type LightBlock,
  LightError,
  MAX_LIGHT_DRIFT,
  totalPower,
  trustedOf,
  type ValidatorSet,
  verifyAdjacent,
  verifyLight,
  verifySkipping,
} from '../../../chain/index.ts';
import {
  accountAt,
  BLOCK_MS,
  certify,
  headerOf,
  lightBlock,
  lightChain,
  type Powers,
  START,
  setOf,
} from '../../support/lightChain.ts';

const NOW = START + 3_600_000;
const options = { now: NOW, trustingPeriod: null, overlap: 'third' } as const;
const four = setOf({ 0: 10, 1: 10, 2: 10, 3: 10 });

const refusedAs = (code: string) => (error: unknown) =>
  (error instanceof LightError || error instanceof CommitError) && error.code === code;

/** The same block with another header, signed anew by the same validators. */
function resigned(block: LightBlock, change: Partial<LightBlock['header']>): LightBlock {
  const header = { ...block.header, ...change };
  const signers = block.commit.signatures.map(({ validator }) => validator);
  return { ...block, header, commit: certify(header, signers) };
}

function withBadSignature(block: LightBlock, at: number): LightBlock {
  const signatures = block.commit.signatures.map((entry, index) => {
    const signature = Uint8Array.from(entry.signature);
    if (index === at) signature[20] = (signature[20] ?? 0) ^ 1;
    return { ...entry, signature };
  });
  return { ...block, commit: { ...block.commit, signatures } };
}

describe('light verification', () => {
  const chain = lightChain(Array(6).fill(four));

  it('follows a chain height by height, and over any gap', () => {
    let trusted = chain.genesis;
    for (const block of chain.blocks) trusted = verifyAdjacent(trusted, block, options);
    assert.deepEqual(trusted, trustedOf(chain.at(6)));
    for (const [from, to] of [
      [0, 2],
      [1, 5],
      [0, 6],
    ] as const) {
      const base = from === 0 ? chain.genesis : trustedOf(chain.at(from));
      assert.deepEqual(verifySkipping(base, chain.at(to), options), trustedOf(chain.at(to)));
      assert.deepEqual(verifyLight(base, chain.at(to), options), trustedOf(chain.at(to)));
    }
  });

  it('holds an adjacent header to what its parent announced', () => {
    const parent = trustedOf(chain.at(2));
    const good = chain.at(3);
    const cases: [string, LightBlock][] = [
      ['WRONG_PARENT', resigned(good, { parentHash: chain.at(1).header.stateRoot })],
      ['OTHER_CHAIN', resigned(good, { chainId: 'another' })],
      ['NOT_LATER', chain.at(2)],
      ['NOT_LATER', chain.at(5)],
      ['WRONG_TIME', resigned(good, { time: parent.time })],
      ['FROM_FUTURE', resigned(good, { time: NOW + MAX_LIGHT_DRIFT + 1 })],
      ['OTHER_VALIDATORS', { ...good, nextValidators: setOf({ 0: 1 }) }],
      ['OTHER_VALIDATORS', { ...good, validators: setOf({ 0: 1 }) }],
      ['WRONG_BLOCK', { ...good, commit: { ...chain.at(4).commit, height: 3 } }],
      ['BAD_SIGNATURE', withBadSignature(good, 3)],
    ];
    for (const [code, block] of cases)
      assert.throws(() => verifyAdjacent(parent, block, options), refusedAs(code), code);
    const later = { ...parent, epoch: 7 };
    assert.throws(() => verifyAdjacent(later, good, options), refusedAs('WRONG_EPOCH'));
    // The epochs of a devnet go back with its state.
    assert.equal(verifyAdjacent(later, good, { ...options, devnet: true }).height, good.header.height);
    // Validators of the attacker's choice, who signed it all.
    const others = setOf({ 8: 10, 9: 10 });
    const usurped = lightBlock({
      height: 3,
      parentHash: parent.hash,
      validators: others,
      nextValidators: others,
    });
    assert.throws(() => verifyAdjacent(parent, usurped, options), refusedAs('OTHER_VALIDATORS'));
  });

  it('needs more than a third of the trusted power, not exactly a third', () => {
    const three = setOf({ 0: 10, 1: 10, 2: 10 });
    const trusted = { ...chain.genesis, nextValidators: three };
    const skip = (powers: Powers) => {
      const validators = setOf(powers);
      return lightBlock({
        height: 5,
        parentHash: blockHash(chain.at(4).header),
        validators,
        nextValidators: four,
      });
    };
    assert.throws(
      () => verifySkipping(trusted, skip({ 0: 10, 8: 10, 9: 10 }), options),
      refusedAs('OVERLAP_TOO_SMALL'),
    );
    // Their power in the new set is nothing to go by.
    assert.throws(
      () => verifySkipping(trusted, skip({ 0: 1000, 9: 1 }), options),
      refusedAs('OVERLAP_TOO_SMALL'),
    );
    assert.equal(verifySkipping(trusted, skip({ 0: 10, 1: 1, 9: 10 }), options).height, 5);
  });

  it('needs more than two thirds of the trusted power where that is asked for', () => {
    const careful = { ...options, overlap: 'two thirds' } as const;
    const three = setOf({ 0: 10, 1: 10, 2: 10 });
    const trusted = { ...chain.genesis, nextValidators: three };
    const skip = (powers: Powers) =>
      lightBlock({
        height: 5,
        parentHash: trusted.hash,
        validators: setOf(powers),
        nextValidators: four,
      });
    assert.throws(
      () => verifySkipping(trusted, skip({ 0: 10, 1: 10, 9: 10 }), careful),
      refusedAs('OVERLAP_TOO_SMALL'),
    );
    assert.equal(verifySkipping(trusted, skip({ 0: 10, 1: 10, 2: 1, 9: 10 }), careful).height, 5);
  });

  it('needs more than two thirds of the own power', () => {
    const block = (signers: number[]) =>
      lightBlock(
        { height: 5, parentHash: chain.genesis.hash, validators: four, nextValidators: four },
        signers.map(accountAt),
      );
    assert.throws(() => verifySkipping(chain.genesis, block([0, 1]), options), refusedAs('NO_QUORUM'));
    assert.equal(verifySkipping(chain.genesis, block([0, 1, 3]), options).height, 5);
  });

  it('refuses a certificate whole for one bad signature, even one that is not needed', () => {
    for (let at = 0; at < 4; at++)
      assert.throws(
        () => verifySkipping(chain.genesis, withBadSignature(chain.at(4), at), options),
        refusedAs('BAD_SIGNATURE'),
      );
  });

  it('counts nobody twice', () => {
    const { commit } = chain.at(4);
    const [first] = commit.signatures;
    assert.ok(first);
    const twice = { ...chain.at(4), commit: { ...commit, signatures: [first, first, first, first] } };
    assert.throws(() => verifySkipping(chain.genesis, twice, options), refusedAs('NOT_ASCENDING'));
  });

  it('believes a trusted header for the trusting period only', () => {
    const period = 10_000;
    const at = (now: number) => ({ ...options, now, trustingPeriod: period });
    assert.equal(verifySkipping(chain.genesis, chain.at(4), at(START + period - 1)).height, 4);
    assert.throws(
      () => verifySkipping(chain.genesis, chain.at(4), at(START + period)),
      refusedAs('TRUST_EXPIRED'),
    );
    assert.throws(
      () => verifyAdjacent(chain.genesis, chain.at(1), at(START + period)),
      refusedAs('TRUST_EXPIRED'),
    );
  });

  it('says what to do about each refusal', () => {
    try {
      verifySkipping(trustedOf(chain.at(4)), chain.at(2), options);
      assert.fail('it should refuse');
    } catch (error) {
      assert.ok(error instanceof LightError);
      assert.equal(error.code, 'NOT_LATER');
      assert.match(error.message, /height 2 .* 4/);
      assert.ok(error.hint.length > 10);
    }
  });
});

describe('light verification over any change of validators', () => {
  const powers = fc.dictionary(fc.integer({ min: 0, max: 9 }).map(String), fc.integer({ min: 1, max: 50 }), {
    minKeys: 1,
    maxKeys: 7,
  });
  const setFrom = (drawn: Record<string, number>): ValidatorSet =>
    setOf(Object.fromEntries(Object.entries(drawn).map(([index, power]) => [Number(index), power])));
  const signersOf = (set: ValidatorSet, mask: number) =>
    set.filter((_, index) => ((mask >> index) & 1) === 1).map(({ validator }) => validator);

  it('accepts exactly what both thresholds accept', () => {
    const property = fc.property(powers, powers, fc.nat(1023), (before, after, mask) => {
      const trustedSet = setFrom(before);
      const validators = setFrom(after);
      const signers = signersOf(validators, mask);
      const trusted = { ...lightChain([trustedSet]).genesis };
      const block = lightBlock(
        { height: 9, parentHash: trusted.hash, validators, nextValidators: validators },
        signers,
      );
      const powerIn = (set: ValidatorSet) =>
        totalPower(set.filter(({ validator }) => signers.includes(validator)));
      const own = isQuorum(powerIn(validators), totalPower(validators));
      const overlap = isOverlap(powerIn(trustedSet), totalPower(trustedSet));
      if (own && overlap) assert.equal(verifySkipping(trusted, block, options).height, 9);
      else
        assert.throws(
          () => verifySkipping(trusted, block, options),
          refusedAs(own ? 'OVERLAP_TOO_SMALL' : 'NO_QUORUM'),
        );
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('never believes a forger with at most a third of the trusted power, whatever header and sets he makes up', () => {
    const property = fc.property(
      powers,
      fc.nat(1023),
      fc.record({ height: fc.integer({ min: 1, max: 40 }), late: fc.nat(1000), sure: fc.boolean() }),
      (drawn, mask, { height, late, sure }) => {
        const honest = setFrom(drawn);
        const total = totalPower(honest);
        // The largest faulty set that the dice allow, up to a third.
        let left = Math.floor(total / 3);
        const faulty = honest.filter(({ power }, index) => {
          if (((mask >> index) & 1) === 0 || power > left) return false;
          left -= power;
          return true;
        });
        const bought = setOf({ 20: 1000, 21: 1000 });
        const forgedSet = [...bought, ...faulty].sort((a, b) => (a.validator < b.validator ? -1 : 1));
        const trusted = lightChain([honest]).genesis;
        const header = headerOf({
          height,
          parentHash: trusted.hash,
          validators: sure ? forgedSet : honest,
          nextValidators: forgedSet,
          time: START + BLOCK_MS + late,
        });
        const validators = sure ? forgedSet : honest;
        const signers = (sure ? forgedSet : faulty).map(({ validator }) => validator);
        const forged = { header, commit: certify(header, signers), validators, nextValidators: forgedSet };
        assert.throws(
          () => verifyLight(trusted, forged, options),
          error => error instanceof LightError || error instanceof CommitError,
        );
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});
