import assert from 'node:assert/strict';
import {
  type Choice,
  DEFAULT_RULES,
  type GovContent,
  getConsensus,
  getGovProposal,
  getGovTally,
  getInstallation,
  getParameters,
  getSupply,
  listGovElectors,
  listGovVotes,
  MAX_VOTING_EPOCHS,
  type ParameterChange,
  TOKEN,
} from '../../../chain/index.ts';
import { CONCLUDED_PER_BLOCK } from '../../../chain/kernel/governance/conclude.ts';
import { VOTES_KEPT_EPOCHS } from '../../../chain/kernel/governance/prune.ts';
import { stakeHistories } from '../../../chain/kernel/tables.ts';
import {
  accountOf,
  createTestChain,
  readEvents,
  type TestChain,
  type TestChainOptions,
  VALIDATOR,
} from '../../support/chain.ts';
import { codeOf, install, installationOf, LEDGER, ledger } from '../../support/ledger.ts';

const document = (uri: string): GovContent => ({ kind: 'text', uri, sha256: `0x${'ab'.repeat(32)}` });
const TEXT = document('https://example.org/plan.md');
const BOND = 10n * TOKEN;
/** With which the test chain starts, on its one validator. */
const STAKE = 100n * TOKEN;
const onValidator = { kind: 'validator', validator: accountOf(VALIDATOR) } as const;

const first = ledger({ version: '1.0.0', stateVersion: 1 });
const installing = (activationEpoch: number): GovContent => ({
  kind: 'installConsensus',
  ...installationOf(first, activationEpoch),
});
const change = (...changes: readonly ParameterChange[]): GovContent => ({
  kind: 'changeParameters',
  changes,
});

function propose(chain: TestChain, content: GovContent, from = 'Alice', title = 'a plan'): number {
  const { events } = chain.ok(from, { kind: 'propose', title, content });
  const made = readEvents(events).find(({ name }) => name === 'ProposalMade');
  assert.ok(made);
  return (made.data as { proposal: number }).proposal;
}
const vote = (chain: TestChain, from: string, choice: Choice, proposal = 0) =>
  chain.ok(from, { kind: 'vote', proposal, choice });

/** Up to the first block of the epoch that ends it; what that block tells of governance. */
function conclude(chain: TestChain, id = 0) {
  const proposal = getGovProposal(chain.state, id);
  assert.ok(proposal);
  const { outcomes } = chain.nextEpoch(proposal.endEpoch - chain.epoch);
  const events = readEvents(outcomes.events).filter(({ name }) =>
    /^Proposal|^Parameters|^Consensus/.test(name),
  );
  return { events, result: getGovProposal(chain.state, id)?.result };
}

describe('a proposal', () => {
  it('ties up the bond, and the stake at the start of its epoch votes', () => {
    const chain = createTestChain();
    chain.nextEpoch();
    chain.ok('Bob', { kind: 'stake', target: onValidator, amount: 7n * TOKEN });
    const before = chain.free('Alice');
    const { fee, events } = chain.ok('Alice', { kind: 'propose', title: 'a plan', content: TEXT });
    assert.equal(chain.free('Alice'), before - BOND - fee);
    assert.deepEqual(readEvents(events), [
      {
        name: 'ProposalMade',
        data: { proposal: 0, proposer: accountOf('Alice'), title: 'a plan', endEpoch: 3, bond: BOND },
      },
    ]);
    const proposal = getGovProposal(chain.state, 0);
    assert.equal(proposal?.electorate, STAKE);
    assert.equal(proposal?.epoch, 1);
    assert.equal(proposal?.result, null);
    assert.deepEqual(listGovElectors(chain.state, 0), [
      { validator: accountOf(VALIDATOR), elector: { stake: STAKE, apart: 0n } },
    ]);
  });

  it('can be made in the first epoch, in which the stake of the genesis counts', () => {
    const chain = createTestChain();
    propose(chain, TEXT);
    assert.equal(getGovProposal(chain.state, 0)?.electorate, STAKE);
  });

  const refusals: readonly [code: string, content: GovContent, title?: string][] = [
    ['BAD_TITLE', TEXT, ''],
    ['BAD_TITLE', TEXT, 'two\nlines'],
    ['BAD_TITLE', TEXT, 'right\u202eto left'],
    ['BAD_DOCUMENT', document('')],
    ['BAD_DOCUMENT', document('no scheme')],
    ['NO_CHANGES', change()],
    ['DUPLICATE_PARAMETER', change({ name: 'bond', value: 5n }, { name: 'bond', value: 6n })],
    ['PARAMETER_OUT_OF_RANGE', change({ name: 'slashBps', value: 0n })],
    ['PARAMETER_OUT_OF_RANGE', change({ name: 'slashBps', value: 10_001n })],
    ['PARAMETER_OUT_OF_RANGE', change({ name: 'votingEpochs', value: 61n })],
    ['PARAMETER_OUT_OF_RANGE', change({ name: 'thresholdBps', value: 4_999n })],
    ['PARAMETER_OUT_OF_RANGE', change({ name: 'maxBlockBytes', value: 266_244n })],
    ['NOTHING_INSTALLED', { kind: 'cancelConsensus', id: 7 }],
    ['BAD_CONSENSUS_NAME', { kind: 'installConsensus', ...installationOf(first, 3, { name: 'No' }) }],
    // Its votes end with epoch 1 and it is done in epoch 2: too late to come into force then.
    ['ACTIVATION_OUT_OF_RANGE', installing(2)],
  ];
  for (const [code, content, title = 'a plan'] of refusals)
    it(`is refused with ${code}: ${content.kind}`, () => {
      const chain = createTestChain();
      chain.fails('Alice', code, { kind: 'propose', title, content });
      assert.equal(getGovProposal(chain.state, 0), undefined);
    });

  it('needs the bond, and titles may be in any language', () => {
    const chain = createTestChain();
    chain.ok('Alice', { kind: 'transfer', to: accountOf('Bob'), amount: 991n * TOKEN });
    chain.fails('Alice', 'INSUFFICIENT_BALANCE', { kind: 'propose', title: 'a plan', content: TEXT });
    assert.equal(propose(chain, TEXT, 'Bob', '降低费用 – émission'), 0);
    assert.equal(propose(chain, TEXT, 'Bob'), 1);
  });
});

describe('votes', () => {
  /** Bob has 50 and Alice 30 tokens on the validator, whose own are 100. */
  function staked(options: TestChainOptions = {}): TestChain {
    const chain = createTestChain(options);
    chain.ok('Bob', { kind: 'stake', target: onValidator, amount: 50n * TOKEN });
    chain.ok('Alice', { kind: 'stake', target: onValidator, amount: 30n * TOKEN });
    chain.nextEpoch();
    propose(chain, TEXT);
    return chain;
  }
  const tally = (chain: TestChain): readonly bigint[] => {
    const { yes, no, abstain } = getGovTally(chain.state, 0);
    return [yes / TOKEN, no / TOKEN, abstain / TOKEN];
  };

  it('of a validator carry all stake on it, but that of stakers who vote themselves, before or after it', () => {
    const chain = staked();
    vote(chain, 'Alice', 'no');
    assert.deepEqual(tally(chain), [0n, 30n, 0n]);
    vote(chain, VALIDATOR, 'yes');
    assert.deepEqual(tally(chain), [150n, 30n, 0n]);
    vote(chain, 'Bob', 'abstain');
    assert.deepEqual(tally(chain), [100n, 30n, 50n]);
  });

  it('can be changed, and each counts once', () => {
    const chain = staked();
    vote(chain, VALIDATOR, 'yes');
    vote(chain, 'Alice', 'no');
    vote(chain, 'Alice', 'yes');
    assert.deepEqual(tally(chain), [180n, 0n, 0n]);
    vote(chain, VALIDATOR, 'no');
    assert.deepEqual(tally(chain), [30n, 150n, 0n]);
    vote(chain, VALIDATOR, 'no');
    assert.deepEqual(tally(chain), [30n, 150n, 0n]);
    assert.equal(listGovVotes(chain.state, 0).length, 2);
  });

  it('weigh what was staked when the epoch of the proposal began, whatever happened since', () => {
    const chain = staked();
    chain.ok('Alice', { kind: 'unstake', target: onValidator, amount: 30n * TOKEN });
    chain.ok('Bob', { kind: 'stake', target: onValidator, amount: 400n * TOKEN });
    chain.nextEpoch();
    chain.ok('Bob', { kind: 'unstake', target: onValidator, amount: 449n * TOKEN });
    vote(chain, 'Bob', 'yes');
    vote(chain, 'Alice', 'no');
    assert.deepEqual(tally(chain), [50n, 30n, 0n]);
  });

  it('weigh the same in the last epoch of the longest period, and what they weighed is forgotten after it', () => {
    const governance = { ...DEFAULT_RULES, votingEpochs: MAX_VOTING_EPOCHS };
    const chain = staked({ genesis: { governance, epochLength: 1 } });
    chain.ok('Bob', { kind: 'unstake', target: onValidator, amount: 20n * TOKEN });
    const end = getGovProposal(chain.state, 0)?.endEpoch ?? 0;
    chain.nextEpoch(end - 2 - chain.epoch);
    vote(chain, 'Bob', 'no');
    assert.equal(chain.epoch, end - 1);
    assert.deepEqual(tally(chain), [0n, 50n, 0n]);
    assert.equal(Array.from(stakeHistories.scan(chain.state, [])).length, 1);
    chain.nextEpoch(2);
    assert.deepEqual(Array.from(stakeHistories.scan(chain.state, [])), []);
  });

  it('are refused without stake, without a proposal, and after its end', () => {
    const chain = staked({ accounts: ['Alice', 'Bob', 'Carol'] });
    const call = { kind: 'vote', proposal: 0, choice: 'yes' } as const;
    chain.ok('Carol', { kind: 'stake', target: onValidator, amount: TOKEN });
    chain.fails('Carol', 'NO_VOTING_STAKE', call);
    chain.fails('Alice', 'NO_SUCH_PROPOSAL', { ...call, proposal: 1 });
    chain.nextEpoch();
    vote(chain, 'Alice', 'yes');
    chain.nextEpoch();
    chain.fails('Alice', 'VOTING_CLOSED', call);
  });
});

describe('the result', () => {
  it('passes with more than the threshold and gives the bond back', () => {
    const chain = createTestChain();
    propose(chain, TEXT);
    vote(chain, VALIDATOR, 'yes');
    const before = chain.free('Alice');
    const { events, result } = conclude(chain);
    assert.equal(chain.free('Alice'), before + BOND);
    assert.deepEqual(result, { status: 'passed', height: chain.height, burned: 0n, failure: null });
    assert.deepEqual(events, [
      {
        name: 'ProposalConcluded',
        data: {
          proposal: 0,
          status: 'passed',
          tally: { yes: STAKE, no: 0n, abstain: 0n },
          electorate: STAKE,
          burned: 0n,
          failure: null,
        },
      },
    ]);
  });

  const verdicts: readonly [
    status: string,
    burned: bigint,
    alice: Choice | null,
    validator: Choice | null,
  ][] = [
    ['noQuorum', BOND, null, null],
    // 40 of 100 tokens are Alice's.
    ['noQuorum', BOND, 'yes', null],
    ['rejected', 0n, 'yes', 'no'],
    ['rejected', BOND, 'no', 'no'],
    ['rejected', 0n, 'abstain', 'abstain'],
    ['passed', 0n, 'no', 'yes'],
  ];
  for (const [status, burned, alice, validator] of verdicts)
    it(`is ${status} and burns ${burned} of the bond: Alice ${alice}, the validator ${validator}`, () => {
      const governance = {
        bond: BOND,
        votingEpochs: 1,
        quorumBps: 4_001,
        thresholdBps: 5_000,
        vetoBps: 6_000,
      };
      const validators = [{ validator: accountOf(VALIDATOR), stake: 60n * TOKEN }];
      const chain = createTestChain({ genesis: { governance, validators } });
      chain.ok('Alice', { kind: 'stake', target: onValidator, amount: 40n * TOKEN });
      chain.nextEpoch();
      propose(chain, TEXT);
      if (alice !== null) vote(chain, 'Alice', alice);
      if (validator !== null) vote(chain, VALIDATOR, validator);
      const { burned: before, total } = getSupply(chain.state);
      const { result } = conclude(chain);
      assert.equal(result?.status, status);
      assert.equal(result?.burned, burned);
      assert.equal(getSupply(chain.state).burned, before + burned);
      assert.equal(getSupply(chain.state).total, total - burned);
    });

  it('of many proposals is spread over blocks', () => {
    const chain = createTestChain();
    const count = CONCLUDED_PER_BLOCK + 3;
    chain.block(
      Array.from({ length: count }, (_, nonce) =>
        chain.transaction('Alice', { kind: 'propose', title: `${nonce}`, content: TEXT }, { nonce }),
      ),
    );
    conclude(chain);
    const open = () =>
      Array.from({ length: count }, (_, id) => getGovProposal(chain.state, id)).filter(
        proposal => proposal?.result === null,
      ).length;
    assert.equal(open(), 3);
    chain.fails(VALIDATOR, 'VOTING_CLOSED', { kind: 'vote', proposal: count - 1, choice: 'yes' });
    assert.equal(open(), 0);
    assert.equal(getSupply(chain.state).burned, BOND * BigInt(count));
  });

  it('stays, and its votes are forgotten after a while', () => {
    const chain = createTestChain({ genesis: { epochLength: 1 } });
    chain.block(
      [0, 1].map(nonce =>
        chain.transaction('Alice', { kind: 'propose', title: `${nonce}`, content: TEXT }, { nonce }),
      ),
    );
    chain.block(
      [0, 1].map(proposal =>
        chain.transaction(VALIDATOR, { kind: 'vote', proposal, choice: 'yes' }, { nonce: proposal }),
      ),
    );
    conclude(chain);
    chain.nextEpoch(VOTES_KEPT_EPOCHS - 1);
    for (const id of [0, 1]) assert.equal(listGovVotes(chain.state, id).length, 1);
    chain.nextEpoch();
    for (const id of [0, 1]) {
      assert.deepEqual(listGovVotes(chain.state, id), []);
      assert.deepEqual(listGovElectors(chain.state, id), []);
    }
    assert.equal(getGovProposal(chain.state, 0)?.result?.status, 'passed');
    assert.equal(getGovTally(chain.state, 0).yes, STAKE);
  });
});

describe('what passes', () => {
  it('changes parameters, which hold from the next block on', () => {
    const chain = createTestChain();
    const changes = [
      { name: 'feePerWeight', value: 11n },
      { name: 'slashBps', value: 1_000n },
      { name: 'vetoBps', value: 9_000n },
    ] as const;
    propose(chain, change(...changes));
    vote(chain, VALIDATOR, 'yes');
    const end = getGovProposal(chain.state, 0)?.endEpoch ?? 0;
    chain.nextEpoch(end - chain.epoch - 1);
    while ((chain.height + 1) % 5 !== 1) chain.block();
    const transfer = { kind: 'transfer', to: accountOf('Bob'), amount: 1n } as const;
    const { outcomes } = chain.block([chain.transaction('Alice', transfer)]);
    assert.deepEqual(
      readEvents(outcomes.events).filter(({ name }) => name === 'ParametersChanged'),
      [{ name: 'ParametersChanged', data: { changes } }],
    );
    const [{ fee, weight } = { fee: 0n, weight: 0 }] = outcomes.transactions;
    assert.equal(fee, BigInt(weight) * 10n);
    const after = chain.ok('Alice', transfer);
    assert.equal(after.fee, BigInt(after.weight) * 11n);
    const { slashBps, governance } = getParameters(chain.state);
    assert.equal(slashBps, 1_000);
    assert.deepEqual(governance, { ...chain.genesis.governance, vetoBps: 9_000 });
  });

  it('is judged by the rules of the moment in which it was proposed', () => {
    const chain = createTestChain();
    propose(chain, change({ name: 'votingEpochs', value: 3n }, { name: 'quorumBps', value: 9_000n }));
    propose(chain, change({ name: 'bond', value: 1n }));
    vote(chain, VALIDATOR, 'yes', 0);
    vote(chain, VALIDATOR, 'yes', 1);
    conclude(chain);
    assert.equal(getGovProposal(chain.state, 1)?.rules.quorumBps, chain.genesis.governance.quorumBps);
    const { governance } = getParameters(chain.state);
    assert.deepEqual([governance.votingEpochs, governance.quorumBps, governance.bond], [3, 9_000, 1n]);
    const later = propose(chain, TEXT);
    assert.equal(getGovProposal(chain.state, later)?.endEpoch, chain.epoch + 4);
  });

  it('installs a consensus module on a chain without a dev authority, and takes one back', () => {
    const chain = createTestChain({ code: codeOf(first), genesis: { devAuthority: null, devnet: false } });
    chain.fails(VALIDATOR, 'NEEDS_PROPOSAL', install(installationOf(first, 9)));
    propose(chain, installing(5));
    vote(chain, VALIDATOR, 'yes');
    const { events, result } = conclude(chain);
    assert.equal(result?.status, 'passed');
    assert.deepEqual(
      events.map(({ name }) => name),
      ['ProposalConcluded', 'ConsensusInstalled'],
    );
    assert.equal(getInstallation(chain.state, LEDGER)?.activationEpoch, 5);
    const fork = chain.fork();
    fork.nextEpoch(5 - fork.epoch);
    assert.equal(getConsensus(fork.state, LEDGER)?.version, '1.0.0');

    // In epoch 2 somebody has second thoughts: the result comes in epoch 4, before it is due.
    const id = propose(chain, { kind: 'cancelConsensus', id: LEDGER });
    vote(chain, VALIDATOR, 'yes', id);
    assert.equal(conclude(chain, id).result?.status, 'passed');
    chain.nextEpoch(2);
    assert.equal(getConsensus(chain.state, LEDGER), undefined);
  });

  it('takes back at the boundary what would come into force with it', () => {
    const chain = createTestChain({ code: codeOf(first) });
    chain.ok(VALIDATOR, install(installationOf(first, 2)));
    const id = propose(chain, { kind: 'cancelConsensus', id: LEDGER });
    vote(chain, VALIDATOR, 'yes', id);
    assert.equal(conclude(chain, id).result?.status, 'passed');
    assert.equal(chain.epoch, 2);
    assert.equal(getConsensus(chain.state, LEDGER), undefined);
  });

  it('fails with the reason where it can be done no longer, whole, and the bond comes back', () => {
    const chain = createTestChain({ code: codeOf(first) });
    chain.ok(VALIDATOR, install(installationOf(first, 9)));
    const id = propose(chain, { kind: 'cancelConsensus', id: LEDGER });
    vote(chain, VALIDATOR, 'yes', id);
    chain.ok(VALIDATOR, { kind: 'cancelConsensus', id: LEDGER });
    const before = chain.free('Alice');
    const { result, events } = conclude(chain, id);
    assert.equal(result?.status, 'failed');
    assert.equal(result?.failure?.code, 'NOTHING_INSTALLED');
    assert.equal(chain.free('Alice'), before + BOND);
    assert.deepEqual(
      events.map(({ name }) => name),
      ['ProposalConcluded'],
    );
  });
});
