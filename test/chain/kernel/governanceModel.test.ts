import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CHOICES,
  type Choice,
  DEFAULT_RULES,
  getGovProposal,
  getGovTally,
  getSupply,
  type Outcome,
  TOKEN,
} from '../../../chain/index.ts';
import { accountOf, createTestChain, type TestChain, VALIDATOR } from '../../support/chain.ts';

/** The first three are validators; all of them stake on each other. */
const PEOPLE = [VALIDATOR, 'Dora', 'Emil', 'Alice', 'Bob'];
const OWN = [40, 30, 20];
const nameOf = (person: number): string => PEOPLE[person] ?? '';
const RULES = { ...DEFAULT_RULES, bond: TOKEN, votingEpochs: 2 };

type Deed =
  | { readonly kind: 'stake' | 'unstake'; readonly who: number; readonly on: number; readonly tokens: number }
  | { readonly kind: 'propose'; readonly who: number }
  | { readonly kind: 'vote'; readonly who: number; readonly back: number; readonly choice: Choice }
  | { readonly kind: 'epoch' };

const who = fc.nat(PEOPLE.length - 1);
const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('stake', 'unstake'),
        who,
        on: fc.nat(OWN.length - 1),
        tokens: fc.integer({ min: 1, max: 45 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('propose'), who }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('vote'),
        who,
        back: fc.nat(3),
        choice: fc.constantFrom(...CHOICES),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'epoch' } as const) },
  ),
  { minLength: 20, maxLength: 70 },
);

/** Tokens of each person (rows) on each validator (columns). */
type Stakes = readonly (readonly number[])[];
interface Motion {
  readonly epoch: number;
  readonly stakes: Stakes;
  readonly votes: Map<number, Choice>;
}

/**
 * Counts every vote anew, staker by staker, from copies of all stakes: nothing is kept up to date, and nothing of the
 * kernel's way of counting is here.
 */
class Model {
  stakes: Stakes = PEOPLE.map((_, person) => OWN.map((own, validator) => (person === validator ? own : 0)));
  #atStart: Stakes = this.stakes;
  #elected: readonly number[] = [0, 1, 2];
  readonly motions: Motion[] = [];

  epochBegins(): void {
    this.#atStart = this.stakes;
    const elected = OWN.map((_, validator) => validator).filter(each => (this.stakes[each]?.[each] ?? 0) > 0);
    // Without anybody to elect the old ones stay.
    if (elected.length > 0) this.#elected = elected;
  }

  move(person: number, validator: number, tokens: number): void {
    this.stakes = this.stakes.map((row, who) =>
      row.map((held, on) => (who === person && on === validator ? held + tokens : held)),
    );
  }

  propose(epoch: number): void {
    const elected = this.#elected;
    const stakes = this.#atStart.map(row => row.map((held, on) => (elected.includes(on) ? held : 0)));
    this.motions.push({ epoch, stakes, votes: new Map() });
  }

  isElector(id: number, person: number): boolean {
    const { stakes } = this.#motion(id);
    return stakes.some(row => (row[person] ?? 0) > 0);
  }

  hasStake(id: number, person: number): boolean {
    return (this.#motion(id).stakes[person] ?? []).some(held => held > 0);
  }

  tally(id: number): Readonly<Record<Choice, number>> & { readonly all: number } {
    const { stakes, votes } = this.#motion(id);
    const tally = { yes: 0, no: 0, abstain: 0, all: 0 };
    for (const [person, row] of stakes.entries())
      for (const [validator, held] of row.entries()) {
        const choice = votes.get(person) ?? votes.get(validator);
        tally.all += held;
        if (choice !== undefined) tally[choice] += held;
      }
    return tally;
  }

  result(id: number): { readonly status: string; readonly burns: boolean } {
    const { yes, no, abstain, all } = this.tally(id);
    const turnout = (yes + no + abstain) / all;
    if (!(turnout * 10_000 >= RULES.quorumBps)) return { status: 'noQuorum', burns: true };
    if (yes / (yes + no) > RULES.thresholdBps / 10_000) return { status: 'passed', burns: false };
    return { status: 'rejected', burns: no / (yes + no) > RULES.vetoBps / 10_000 };
  }

  #motion(id: number): Motion {
    const motion = this.motions[id];
    assert.ok(motion);
    return motion;
  }
}

class Run {
  readonly chain: TestChain = createTestChain({
    accounts: PEOPLE.filter(name => name !== VALIDATOR),
    genesis: {
      epochLength: 1_000,
      governance: RULES,
      validators: OWN.map((own, index) => ({
        validator: accountOf(nameOf(index)),
        stake: BigInt(own) * TOKEN,
      })),
    },
  });
  readonly model = new Model();

  carryOut(deed: Deed): void {
    switch (deed.kind) {
      case 'epoch':
        this.#nextEpoch();
        break;
      case 'propose':
        this.#propose(deed.who);
        break;
      case 'vote':
        this.#vote(deed);
        break;
      default:
        this.#stake(deed);
    }
  }

  #propose(person: number): void {
    const content = { kind: 'text', uri: 'ipfs:plan', sha256: `0x${'00'.repeat(32)}` } as const;
    this.chain.ok(nameOf(person), { kind: 'propose', title: 'plan', content });
    this.model.propose(this.chain.epoch);
  }

  #stake({ kind, who: person, on, tokens }: Extract<Deed, { kind: 'stake' | 'unstake' }>): void {
    const target = { kind: 'validator', validator: accountOf(nameOf(on)) } as const;
    const { ok } = this.chain.submit(nameOf(person), { kind, target, amount: BigInt(tokens) * TOKEN });
    if (ok) this.model.move(person, on, kind === 'stake' ? tokens : -tokens);
  }

  #vote({ who: person, back, choice }: Extract<Deed, { kind: 'vote' }>): void {
    const { chain, model } = this;
    const proposal = Math.max(0, model.motions.length - 1 - back);
    const { failure }: Outcome = chain.submit(nameOf(person), { kind: 'vote', proposal, choice });
    const motion = model.motions[proposal];
    assert.equal(failure?.code, motion === undefined ? 'NO_SUCH_PROPOSAL' : this.#refusal(proposal, person));
    if (failure === null) motion?.votes.set(person, choice);
  }

  #refusal(id: number, person: number): string | undefined {
    const { chain, model } = this;
    if (chain.epoch > (model.motions[id]?.epoch ?? 0) + RULES.votingEpochs) return 'VOTING_CLOSED';
    return model.isElector(id, person) || model.hasStake(id, person) ? undefined : 'NO_VOTING_STAKE';
  }

  #nextEpoch(): void {
    this.chain.ok(VALIDATOR, { kind: 'dev', operation: { kind: 'advanceEpoch' } });
    this.model.epochBegins();
    this.chain.block();
  }

  compare(): void {
    const { chain, model } = this;
    let burned = 0n;
    for (const [id, { epoch }] of model.motions.entries()) {
      const { yes, no, abstain } = getGovTally(chain.state, id);
      const told = model.tally(id);
      assert.deepEqual(
        [yes, no, abstain],
        [told.yes, told.no, told.abstain].map(tokens => BigInt(tokens) * TOKEN),
      );
      const result = getGovProposal(chain.state, id)?.result;
      const isOver = chain.epoch > epoch + RULES.votingEpochs;
      assert.equal(result?.status, isOver ? model.result(id).status : undefined);
      if (isOver && model.result(id).burns) burned += RULES.bond;
    }
    assert.equal(getSupply(chain.state).burned, burned);
  }
}

describe('governance and its model', () => {
  it('agree on every tally, result and lost bond in random histories of stakes, proposals and votes', () => {
    fc.assert(
      fc.property(deeds, history => {
        const run = new Run();
        for (const deed of history) {
          run.carryOut(deed);
          run.compare();
        }
      }),
      { numRuns: 60 },
    );
  });
});
