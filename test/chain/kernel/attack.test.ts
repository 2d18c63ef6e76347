import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ChainError,
  checkedTransaction,
  Draft,
  decodeTransaction,
  invariants,
  type KernelCall,
  KernelCall as KernelCallCodec,
  type State,
  selectTransactions,
  transactionChecks,
} from '../../../chain/index.ts';
import {
  accounts,
  links,
  linksByChild,
  modules,
  reserves,
  stakes,
  targetKey,
} from '../../../chain/kernel/tables.ts';
import { CodecError } from '../../../consensus/interface/index.ts';
import { valuesOf } from '../../support/arbitrary.ts';
import { linkTerms, onModule, registerModule, transfer } from '../../support/calls.ts';
import {
  accountOf,
  CHAIN_ID,
  createTestChain,
  GENESIS_TIME,
  signedBytes,
  type TestChain,
  VALIDATOR,
} from '../../support/chain.ts';

const blockAt = (chain: TestChain) => ({
  height: chain.height + 1,
  time: GENESIS_TIME + 1,
  proposer: accountOf(VALIDATOR),
  evidence: [],
});

/** Bytes as they come from anybody: decoded, checked, put before a proposer. True if they got into the block. */
function offer(chain: TestChain, bytes: Uint8Array): boolean {
  try {
    const signed = decodeTransaction(bytes);
    const checks = transactionChecks(signed, chain.mechanisms, CHAIN_ID);
    const results = [true, ...checks.call.map(() => false)];
    const checked = checkedTransaction(bytes, signed, results);
    const input = { ...blockAt(chain), transactions: [checked] };
    const { included, execution } = selectTransactions(chain.state, input, chain.mechanisms);
    assert.deepEqual(invariants(execution.state), []);
    return included.length === 1;
  } catch (error) {
    if (error instanceof CodecError || error instanceof ChainError) return false;
    throw error;
  }
}

describe('attacks on the kernel', () => {
  const chain = createTestChain();
  chain.ok('Alice', registerModule('a'));
  chain.ok('Bob', registerModule('b'));

  it('any bytes give a named error or an outcome', () => {
    const good = signedBytes('Alice', transfer(accountOf('Bob')), { nonce: 1 });
    assert.equal(offer(chain, good), true);
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => good.with(at, byte));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void offer(chain, bytes)));
    fc.assert(fc.property(damaged, bytes => void offer(chain, bytes)));
    assert.equal(offer(chain, new Uint8Array(300_000)), false);
  });

  it('any call with any fields gives an outcome, and breaks no invariant', () => {
    const calls: fc.Arbitrary<KernelCall> = valuesOf(KernelCallCodec);
    const property = fc.property(calls, fc.constantFrom('Alice', VALIDATOR), (call, from) => {
      const checked = attempt(() => chain.transaction(from, call));
      if (checked !== undefined) offer(chain, checked.encoded);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('the invariants notice what no transaction can do', () => {
    const damages: readonly ((draft: Draft) => void)[] = [
      draft => accounts.put(draft, { nonce: 0, free: 1n }, accountOf('Nobody')),
      draft =>
        reserves.put(
          draft,
          { amount: 1n, thawing: 0n, thawEpoch: 0 },
          0,
          accountOf('Alice'),
          accountOf('Bob'),
        ),
      draft => stakes.put(draft, { amount: 1n, thawing: [] }, ...targetKey(onModule(0)), accountOf('Alice')),
      draft => modules.delete(draft, 0),
      draft => putLink(draft, 0, 1, 10_001 - 1, true),
      draft => {
        putLink(draft, 0, 1, 1000, false);
        putLink(draft, 1, 0, 1000, false);
      },
    ];
    for (const [index, damage] of damages.entries()) {
      const fine = fresh();
      assert.deepEqual(invariants(fine), []);
      const draft = new Draft(fine);
      damage(draft);
      assert.notDeepEqual(invariants(fine.with(draft.changes())), [], `damage ${index}`);
    }
  });
});

const putLink = (draft: Draft, parent: number, child: number, shareBps: number, indexed: boolean): void => {
  links.put(
    draft,
    { terms: linkTerms(parent, child, { shareBps }), fromEpoch: 0, untilEpoch: null },
    parent,
    child,
  );
  if (indexed) linksByChild.put(draft, true, child, parent);
};

function fresh(): State {
  const chain = createTestChain();
  chain.ok('Alice', registerModule('a'));
  return chain.state;
}

/** Undefined for a call that its own codec or its consensus module refuses. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CodecError || error instanceof ChainError) return undefined;
    throw error;
  }
}
