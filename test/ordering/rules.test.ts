import assert from 'node:assert/strict';
import { decode, encode } from '../../consensus/interface/index.ts';
import { SignRecord } from '../../node/ordering/tendermint/record.ts';
import { signProposal, signVote } from '../../node/ordering/tendermint/sign.ts';
import { blockOf, type Core, certificateOf, createCore, HEIGHT, validatorAt, voteOf } from './core.ts';

/** Up to a prevote for A in round 0. */
function prevotedA(options?: Parameters<typeof createCore>[0]): Core {
  const core = createCore(options);
  core.start();
  core.proposal(0, 'A');
  core.valid('A');
  return core;
}

/** Locked on A in round 0, and then in round 1 by the precommit timer. */
function lockedOnA(): Core {
  const core = prevotedA();
  core.votes('prevote', 0, 'A', 0, 1);
  core.votes('precommit', 0, null, 0, 1);
  core.timeout('precommit', 0);
  return core;
}

describe('ordering: the rules of Algorithm 1', () => {
  describe('start of a round', () => {
    it('L11, L20: waits with a propose timer where another validator proposes', () => {
      assert.deepEqual(createCore().start(), ['timer retransmit 0', 'timer propose 0']);
    });

    it('L14: asks for a block once, proposes it, and prevotes it, all under one record', () => {
      const core = createCore({ self: 0 });
      assert.deepEqual(core.start(), ['timer retransmit 0', 'timer propose 0', 'want value 0']);
      assert.deepEqual(core.give({ kind: 'start', height: HEIGHT }), []);
      assert.deepEqual(core.value(0, 'A'), ['persist', 'propose A 0', 'prevote A 0']);
      assert.deepEqual(core.value(0, 'B'), [], 'a second block for the round is not wanted');
    });

    it('a block that comes after the propose timeout is not proposed', () => {
      const core = createCore({ self: 0 });
      core.start();
      assert.deepEqual(core.timeout('propose', 0), ['persist', 'prevote nil 0']);
      assert.deepEqual(core.value(0, 'A'), []);
    });

    it('L16: proposes the valid value again, with the polka that proves it, and does not ask for another', () => {
      const core = createCore({ self: 1 });
      core.start();
      core.proposal(0, 'A');
      core.valid('A');
      core.votes('prevote', 0, 'A', 0, 2);
      core.votes('precommit', 0, null, 0, 2);
      assert.deepEqual(core.timeout('precommit', 0), [
        'persist',
        'timer propose 1',
        'propose A 1 valid 0 with polka',
        'prevote A 1',
      ]);
    });

    it('begins when others are at work on the height, and counts what they said', () => {
      const core = createCore();
      assert.deepEqual(core.votes('prevote', 0, null, 0), ['timer retransmit 0', 'timer propose 0']);
      const other = createCore();
      assert.deepEqual(other.proposal(0, 'A'), ['timer retransmit 0', 'timer propose 0', 'validate A']);
    });
  });

  describe('L22: a fresh proposal', () => {
    it('is prevoted once the application finds it valid', () => {
      const core = createCore();
      core.start();
      assert.deepEqual(core.proposal(0, 'A'), ['validate A']);
      assert.deepEqual(core.valid('A'), ['persist', 'prevote A 0']);
    });

    it('gets nil where it is not valid', () => {
      const core = createCore();
      core.start();
      core.proposal(0, 'A');
      assert.deepEqual(core.valid('A', false), ['persist', 'prevote nil 0']);
    });

    it('gets nil from a validator that is locked on another block, which need not be validated', () => {
      const core = lockedOnA();
      assert.deepEqual(core.proposal(1, 'B'), ['persist', 'prevote nil 1']);
    });

    it('is prevoted by a validator that is locked on it', () => {
      const core = lockedOnA();
      assert.deepEqual(core.proposal(1, 'A'), ['persist', 'prevote A 1']);
    });
  });

  describe('L28: a proposal from an earlier round', () => {
    /** Locked on A in round 0, now in round 2. */
    function inRoundTwo(): Core {
      const core = lockedOnA();
      core.timeout('propose', 1);
      core.votes('precommit', 1, null, 0, 1, 2);
      core.timeout('precommit', 1);
      return core;
    }

    it('waits for its polka', () => {
      const core = inRoundTwo();
      assert.deepEqual(core.proposal(2, 'B', 1), []);
      core.votes('prevote', 1, 'B', 0, 1);
      assert.deepEqual(core.votes('prevote', 1, 'B', 2), ['validate B']);
      assert.deepEqual(core.valid('B'), ['persist', 'prevote B 2']);
    });

    it('unlocks with a polka from a later round than the lock, sent along', () => {
      const core = inRoundTwo();
      assert.deepEqual(core.proposal(2, 'B', 1, certificateOf(1, 'B', [0, 1, 2])), ['validate B']);
      assert.deepEqual(core.valid('B'), ['persist', 'prevote B 2']);
    });

    it('does not unlock with a polka from before the lock', () => {
      const core = createCore();
      core.start();
      // Round 1: locked on A there.
      core.votes('precommit', 0, null, 0, 1, 2);
      core.timeout('precommit', 0);
      core.proposal(1, 'A');
      core.valid('A');
      core.votes('prevote', 1, 'A', 0, 1);
      assert.deepEqual(core.state.locked, { round: 1, blockHash: blockOf('A').hash });
      core.votes('precommit', 1, null, 0, 1);
      core.timeout('precommit', 1);
      assert.deepEqual(core.proposal(2, 'B', 0, certificateOf(0, 'B', [0, 1, 2])), [
        'persist',
        'prevote nil 2',
      ]);
    });
  });

  describe('prevotes', () => {
    it('L34: start the timer once more than two thirds voted, for whatever', () => {
      const core = prevotedA();
      assert.deepEqual(core.votes('prevote', 0, 'B', 0), []);
      assert.deepEqual(core.votes('prevote', 0, null, 1), ['timer prevote 0']);
      assert.deepEqual(core.votes('prevote', 0, null, 2), []);
      assert.deepEqual(core.timeout('prevote', 0), ['persist', 'precommit nil 0']);
    });

    it('L36: a polka locks, and is precommitted', () => {
      const core = prevotedA();
      core.votes('prevote', 0, 'A', 0);
      assert.deepEqual(core.votes('prevote', 0, 'A', 1), ['persist', 'timer prevote 0', 'precommit A 0']);
      assert.deepEqual(core.state.locked, { round: 0, blockHash: blockOf('A').hash });
      assert.equal(core.record?.polka?.signatures.length, 3);
    });

    it('L36: a polka that comes when nil is precommitted already gives a valid value, but no lock', () => {
      const core = prevotedA();
      core.votes('prevote', 0, null, 0);
      core.votes('prevote', 0, 'A', 1);
      core.timeout('prevote', 0);
      assert.deepEqual(core.votes('prevote', 0, 'A', 2), ['persist']);
      assert.equal(core.state.locked, null);
      assert.equal(core.state.valid?.value.hash, blockOf('A').hash);
    });

    it('L36: a polka without its block waits for the block, which may come with the certificate', () => {
      const core = createCore();
      core.start();
      core.timeout('propose', 0);
      core.votes('prevote', 0, 'A', 0, 1, 2);
      assert.equal(core.state.valid, null);
      assert.deepEqual(core.certificate('prevote', 0, 'A', [0, 1, 2]), ['validate A']);
      assert.deepEqual(core.valid('A'), ['persist', 'precommit A 0']);
    });

    it('L44: a polka for nil is precommitted as nil', () => {
      const core = prevotedA();
      core.votes('prevote', 0, null, 0, 1);
      assert.deepEqual(core.votes('prevote', 0, null, 2), ['persist', 'precommit nil 0']);
    });

    it('after a polka for nil the precommit timer still runs (tendermint#3003)', () => {
      const core = createCore();
      core.start();
      core.timeout('propose', 0);
      core.votes('prevote', 0, null, 0, 1);
      assert.deepEqual(core.votes('precommit', 0, null, 0, 1), ['timer precommit 0']);
      assert.deepEqual(core.timeout('precommit', 0), ['persist', 'timer propose 1']);
    });

    it('a polka of an earlier round that comes late is a valid value (tendermint#2583)', () => {
      const core = createCore({ self: 1 });
      core.start();
      core.proposal(0, 'A');
      core.timeout('propose', 0);
      core.votes('precommit', 0, null, 0, 2, 3);
      core.valid('A');
      core.timeout('precommit', 0);
      assert.equal(core.state.valid, null);
      // This node is the proposer of round 1, and the application has not answered yet.
      const effects = core.certificate('prevote', 0, 'A', [0, 2, 3]);
      assert.deepEqual(effects, ['persist', 'propose A 1 valid 0 with polka', 'prevote A 1']);
      assert.equal(core.state.locked, null);
    });
  });

  describe('timeouts', () => {
    it('L57: prevotes nil; in a later step it means nothing', () => {
      const core = createCore();
      core.start();
      assert.deepEqual(core.timeout('propose', 0), ['persist', 'prevote nil 0']);
      assert.deepEqual(core.timeout('propose', 0), []);
    });

    it('of earlier rounds mean nothing', () => {
      const core = lockedOnA();
      assert.deepEqual(core.timeout('propose', 0), []);
      assert.deepEqual(core.timeout('prevote', 0), []);
      assert.deepEqual(core.timeout('precommit', 0), []);
    });

    it('L47: precommits of any kind start the timer once, L65: which starts the next round', () => {
      const core = createCore();
      core.start();
      core.votes('precommit', 0, 'A', 0);
      core.votes('precommit', 0, null, 1);
      assert.deepEqual(core.votes('precommit', 0, 'B', 2), ['timer precommit 0']);
      assert.deepEqual(core.timeout('precommit', 0), ['persist', 'timer propose 1']);
      assert.equal(core.state.round, 1);
    });
  });

  describe('L49: a decision', () => {
    it('takes precommits of more than two thirds, of any round', () => {
      const old = lockedOnA();
      assert.deepEqual(old.certificate('precommit', 0, 'A', [0, 2, 3]), ['evidence vote', 'decide A 0 by 3']);
      const other = prevotedA();
      other.votes('prevote', 0, 'A', 0, 1);
      other.votes('precommit', 0, 'A', 0);
      assert.deepEqual(other.votes('precommit', 0, 'A', 1), ['decide A 0 by 3']);
      assert.deepEqual(other.votes('precommit', 0, 'A', 2), [], 'after it nothing happens any more');
    });

    it('comes after the own precommit is on disk and sent, even if that completes it', () => {
      const core = prevotedA();
      core.votes('precommit', 0, 'A', 0, 1);
      core.votes('prevote', 0, 'A', 0);
      assert.deepEqual(core.votes('prevote', 0, 'A', 1).at(0), 'persist');
      assert.deepEqual(
        core.effects.map(({ kind }) => kind).filter(kind => kind !== 'timer'),
        ['persist', 'send', 'decide'],
      );
    });

    it('waits for the block, and takes it from a commit certificate while the height has not begun', () => {
      const core = createCore();
      core.start();
      assert.ok(!core.votes('precommit', 0, 'A', 0, 1, 2).some(word => word.startsWith('decide')));
      assert.deepEqual(core.proposal(0, 'A'), ['decide A 0 by 3']);
      const waiting = createCore();
      assert.deepEqual(waiting.certificate('precommit', 3, 'B', [0, 1, 2]), ['decide B 3 by 3']);
    });

    it('lists its signatures in ascending order', () => {
      const core = createCore();
      core.start();
      core.proposal(0, 'A');
      core.votes('precommit', 0, 'A', 2, 0, 1);
      const decision = core.effects.find(effect => effect.kind === 'decide');
      assert.deepEqual(
        decision?.kind === 'decide' && decision.certificate.signatures.map(({ validator }) => validator),
        [0, 1, 2].map(validatorAt),
      );
    });

    it('counts power, not heads', () => {
      const core = createCore({ powers: [1, 1, 1, 4], self: 0 });
      core.start();
      core.value(0, 'A');
      core.votes('precommit', 0, 'A', 1, 2);
      assert.equal(core.state.decided, false);
      core.votes('precommit', 0, 'A', 3);
      assert.equal(core.state.decided, true, '6 of 7');
    });
  });

  describe('L55: a higher round', () => {
    it('starts with votes of more than one third in it, whatever their kind', () => {
      const core = createCore();
      core.start();
      assert.deepEqual(core.votes('prevote', 2, null, 0), []);
      assert.deepEqual(core.votes('precommit', 2, 'A', 1), ['persist', 'timer propose 2']);
      assert.equal(core.state.round, 2);
    });

    it('is the highest that an honest validator has reached', () => {
      const core = createCore();
      core.start();
      core.votes('prevote', 1000, null, 0);
      assert.equal(core.state.round, 0, 'one may lie');
      core.votes('prevote', 5, null, 1);
      assert.equal(core.state.round, 5);
    });

    it('keeps no table for rounds far ahead', () => {
      const core = createCore();
      core.start();
      for (let round = 100; round < 200; round++) core.votes('prevote', round, null, 0);
      assert.ok(core.state.rounds.size < 10);
    });
  });

  describe('evidence', () => {
    it('names a validator that votes twice, once; its first vote counts', () => {
      const core = prevotedA();
      core.votes('prevote', 0, 'A', 0);
      assert.deepEqual(core.votes('prevote', 0, 'B', 0), ['evidence vote']);
      assert.deepEqual(core.votes('prevote', 0, null, 0), []);
      assert.deepEqual(core.votes('prevote', 0, 'A', 1).at(-1), 'precommit A 0');
    });

    it('the second vote counts inside a certificate (malachite#103)', () => {
      const core = prevotedA();
      core.votes('prevote', 0, null, 0);
      const effects = core.certificate('prevote', 0, 'A', [0, 1, 2]);
      assert.deepEqual(effects, ['persist', 'timer prevote 0', 'evidence vote', 'precommit A 0']);
    });

    it('names a proposer that proposes twice; the first proposal stays', () => {
      const core = createCore();
      core.start();
      core.proposal(0, 'A');
      assert.deepEqual(core.proposal(0, 'B'), ['evidence proposal']);
      assert.deepEqual(core.proposal(0, 'A'), []);
    });

    it('is not there for a message that comes twice', () => {
      const core = prevotedA();
      assert.deepEqual(core.votes('prevote', 0, 'B', 0, 0, 0), []);
    });
  });

  describe('signing and recovery', () => {
    it('gives the same signature for the same vote, and refuses another one', () => {
      const core = prevotedA();
      const signer = core.state.options.signer ?? assert.fail();
      assert.equal(signVote(core.state, signer, 'prevote', blockOf('A').hash), core.state.sent.prevote);
      assert.throws(() => signVote(core.state, signer, 'prevote', null), { code: 'DOUBLE_SIGN' });
      const proposer = createCore({ self: 0 });
      proposer.start();
      proposer.value(0, 'A');
      const key = proposer.state.options.signer ?? assert.fail();
      assert.equal(signProposal(proposer.state, key, blockOf('A').hash, null), proposer.state.sent.proposal);
      assert.throws(() => signProposal(proposer.state, key, blockOf('B').hash, null), {
        code: 'DOUBLE_SIGN',
      });
    });

    it('takes up the record: lock, polka, votes and proof, and sends them again without asking anybody', () => {
      const core = lockedOnA();
      core.timeout('propose', 1);
      const record = decode(SignRecord, encode(SignRecord, core.record ?? assert.fail()));
      const again = createCore({ record });
      assert.deepEqual(again.start(), [
        'timer retransmit 1',
        'prevote nil 1',
        'precommit A 0',
        'precommit A 0',
        'precommit nil 0',
        'precommit nil 0',
        'polka A 0',
      ]);
      assert.deepEqual(again.state.locked, { round: 0, blockHash: blockOf('A').hash });
      assert.deepEqual(again.proposal(1, 'B'), [], 'voted in this round already');
      assert.deepEqual(again.start(), [], 'only once');
    });

    it('the proposer sends the identical block again after a crash', () => {
      const core = createCore({ self: 0 });
      core.start();
      core.value(0, 'A');
      const record = decode(SignRecord, encode(SignRecord, core.record ?? assert.fail()));
      const again = createCore({ self: 0, record });
      assert.deepEqual(again.start(), ['timer retransmit 0', 'propose A 0', 'prevote A 0']);
      const sent = again.effects.find(effect => effect.kind === 'send' && effect.message.kind === 'proposal');
      assert.deepEqual(
        sent?.kind === 'send' && sent.message.kind === 'proposal' && sent.message.value.bytes,
        blockOf('A').bytes,
      );
    });

    it('refuses a record without the block that it is about, or of another height', () => {
      const record = lockedOnA().record ?? assert.fail();
      assert.throws(() => createCore({ record: { ...record, blocks: [] } }), { code: 'BAD_RECORD' });
      assert.throws(() => createCore({ record: { ...record, height: 8 } }), { code: 'BAD_RECORD' });
      assert.throws(() => createCore({ record: { ...record, chainId: 'other' } }), { code: 'BAD_RECORD' });
    });

    it('retransmits own messages and why the round began', () => {
      const core = lockedOnA();
      const words = core.timeout('retransmit', 0);
      assert.deepEqual(words.at(0), 'timer retransmit 1');
      assert.ok(words.includes('precommit A 0') && words.includes('polka A 0'));
      assert.equal(words.filter(word => word === 'precommit nil 0').length, 2);
    });

    it('without a key follows, signs nothing and persists nothing', () => {
      const core = createCore({ self: null });
      assert.deepEqual(core.start(), ['timer retransmit 0', 'timer propose 0']);
      core.proposal(0, 'A');
      assert.deepEqual(core.valid('A'), []);
      core.votes('prevote', 0, 'A', 0, 1, 2);
      assert.deepEqual(core.votes('precommit', 0, 'A', 0, 1, 2).at(-1), 'decide A 0 by 3');
    });
  });

  it('ignores other heights, and gives the same effects for the same inputs', () => {
    const run = (): string[] => {
      const core = prevotedA();
      const vote = { ...voteOf('prevote', 0, 'A', 0), height: HEIGHT + 1 };
      assert.deepEqual(core.give({ kind: 'vote', height: HEIGHT + 1, vote }), []);
      return [...core.votes('prevote', 0, 'A', 0, 1, 2), ...core.votes('precommit', 0, 'A', 2, 1, 0)];
    };
    assert.deepEqual(run(), run());
  });
});
