import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  admitEvidence,
  BlockError,
  type CheckedEvidence,
  compareOffences,
  EvidenceError,
  type Execution,
  getEpoch,
  getSupply,
  type KernelCall,
  OFFENCE_KINDS,
  TOKEN,
} from '../../../chain/index.ts';
import { punished, seats } from '../../../chain/kernel/tables.ts';
import { onValidator } from '../../support/calls.ts';
import { createTestChain, keyOf, readEvents, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { doubleSigning } from '../../support/evidence.ts';

/** Blocks in which stake moves while evidence of near and far heights comes in, good and bad, once and again. */
interface Accusation {
  readonly who: number;
  readonly kind: number;
  /** Heights back from the block; below 0 the future. */
  readonly ago: number;
  readonly verified: boolean;
}
interface Step {
  readonly accusations: readonly Accusation[];
  readonly move: 'stake' | 'unstake' | 'withdrawStake' | 'delegate' | 'none';
  readonly tokens: number;
  readonly sorted: boolean;
}

const twin = keyOf(VALIDATOR);
const other = keyOf('Other', 'ed25519');
const mallory = keyOf('Mallory', 'ed25519');
const ACCUSED = [twin, twin, other, mallory];
const target = onValidator(twin.account);
const UNSTAKE_EPOCHS = 2;

const accusation: fc.Arbitrary<Accusation> = fc.record({
  who: fc.nat(ACCUSED.length - 1),
  kind: fc.nat(2),
  ago: fc.integer({ min: -1, max: 14 }),
  verified: fc.integer({ min: 0, max: 9 }).map(dice => dice > 0),
});
const step: fc.Arbitrary<Step> = fc.record({
  accusations: fc.array(accusation, { maxLength: 4 }),
  move: fc.constantFrom('stake', 'unstake', 'withdrawStake', 'delegate', 'none'),
  tokens: fc.nat(60),
  sorted: fc.integer({ min: 0, max: 9 }).map(dice => dice > 0),
});
const histories = fc.array(step, { minLength: 20, maxLength: 40 });

const start = (): TestChain =>
  createTestChain({
    genesis: {
      epochLength: 3,
      unstakeEpochs: UNSTAKE_EPOCHS,
      slashBps: 2_500,
      validators: [twin, other].map(({ account }) => ({ validator: account, stake: 100n * TOKEN })),
    },
  });

/** Signatures are facts here; the evidence itself is made once per offence. */
const made = new Map<string, CheckedEvidence['evidence']>();
function evidenceOf(chain: TestChain, { who, kind, ago, verified }: Accusation): CheckedEvidence {
  const height = Math.max(0, chain.height + 1 - ago);
  const name = `${who} ${kind} ${height}`;
  const key = ACCUSED[who] ?? mallory;
  const evidence = made.get(name) ?? doubleSigning(key, OFFENCE_KINDS[kind] ?? 'prevote', { height });
  made.set(name, evidence);
  return { evidence, verified };
}

function callOf({ move, tokens }: Step): { from: string; call: KernelCall } | null {
  const amount = BigInt(tokens) * TOKEN;
  if (move === 'none') return null;
  if (move === 'delegate') return { from: 'Alice', call: { kind: 'stake', target, amount } };
  if (move === 'withdrawStake') return { from: VALIDATOR, call: { kind: move, target } };
  return { from: VALIDATOR, call: { kind: move, target, amount } };
}

/** The code by which a node would leave this evidence out, undefined if it would not. */
function refusal(chain: TestChain, checked: CheckedEvidence): string | undefined {
  try {
    admitEvidence(chain.state, checked, chain.height + 1);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof EvidenceError);
    return error.code;
  }
}

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    assert.ok(error instanceof BlockError && error.code === 'BAD_EVIDENCE', String(error));
    return true;
  }
}

interface Played {
  readonly chain: TestChain;
  readonly seen: ReadonlySet<string>;
  readonly punished: readonly string[];
  readonly burned: bigint;
}

/** Plays a history. A block with evidence that a node would leave out must be refused; then the node makes a good one. */
function play(history: readonly Step[], check: (chain: TestChain, execution: Execution) => void): Played {
  const chain = start();
  const seen = new Set<string>();
  const offences: string[] = [];
  let burned = 0n;
  for (const next of history) {
    const wanted = next.accusations.map(accused => evidenceOf(chain, accused));
    if (next.sorted) wanted.sort((a, b) => compareOffences(a.evidence, b.evidence));
    const ascends = wanted.every((checked, index) => {
      const before = wanted[index - 1];
      return before === undefined || compareOffences(before.evidence, checked.evidence) < 0;
    });
    const codes = wanted.map(checked => refusal(chain, checked));
    for (const code of [...codes, ascends ? undefined : 'NOT_ASCENDING']) seen.add(code ?? 'ok');
    const isGood = ascends && codes.every(code => code === undefined);
    assert.equal(!isRefused(() => chain.fork().block([], wanted)), isGood);
    const sent = callOf(next);
    const transactions = sent === null ? [] : [chain.transaction(sent.from, sent.call)];
    const execution = chain.block(transactions, isGood ? wanted : []);
    for (const { name, data } of readEvents(execution.outcomes.events)) {
      if (name !== 'ValidatorSlashed') continue;
      const slashed = data as {
        validator: string;
        offence: string;
        height: number;
        round: number;
        burned: bigint;
      };
      offences.push(`${slashed.validator} ${slashed.offence} ${slashed.height} ${slashed.round}`);
      burned += slashed.burned;
    }
    check(chain, execution);
  }
  return { chain, seen, punished: offences, burned };
}

describe('random histories with evidence', () => {
  it('keep every invariant, punish each offence once, and burn what they say', () => {
    const { total } = getSupply(start().state);
    const property = fc.property(histories, history => {
      const {
        chain,
        punished: offences,
        burned,
      } = play(history, ({ state }) => {
        const oldest = getEpoch(state).number - UNSTAKE_EPOCHS;
        const marks = Array.from(punished.scan(state, []), ([[epoch]]) => epoch);
        assert.ok(marks.every(epoch => epoch >= oldest));
        assert.ok(Array.from(seats.scan(state, [])).length <= UNSTAKE_EPOCHS + 3);
      });
      assert.equal(new Set(offences).size, offences.length);
      const supply = getSupply(chain.state);
      assert.equal(supply.burned, burned);
      assert.equal(supply.total, total - burned);
    });
    fc.assert(property, { numRuns: 25 });
  });

  it('meet every reason to refuse, so that the property means something', () => {
    const seen = new Set<string>();
    for (const history of fc.sample(histories, { seed: 7, numRuns: 25 }))
      for (const code of play(history, () => {}).seen) seen.add(code);
    const codes = [
      'BAD_SIGNATURE',
      'EXPIRED',
      'FUTURE',
      'NOT_ASCENDING',
      'NOT_A_VALIDATOR',
      'REPEATED',
      'ok',
    ];
    assert.deepEqual([...seen].sort(), codes);
  });
});
