import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CallOf, KernelCall, type KernelCallKind, TOKEN } from '../../chain/index.ts';
import { consensus0 } from '../../consensus/index.ts';
import { callWords, type Known } from '../../devnet/callWords.ts';
import { callJson } from '../../node/rpc/render.ts';
import { valuesOf } from '../support/arbitrary.ts';
import { linkTerms, onModule, onValidator, registerModule, updateModule } from '../support/calls.ts';
import { accountOf, keyOf, VALIDATOR } from '../support/chain.ts';

const bob = accountOf('Bob');
const known: Known = {
  accounts: new Map([
    [keyOf('Bob').address, 'bob'],
    [keyOf(VALIDATOR).address, 'node 0'],
  ]),
  modules: new Map([[0, 'shop']]),
};
const mechanisms = new Map([[0, consensus0]]);
const words = (call: KernelCall): string => callWords(callJson(call, mechanisms), known);
const hash = `0x${'ab'.repeat(32)}` as const;

const TITLE_OF_A_TAB: KernelCall = {
  kind: 'propose',
  title: '\t',
  content: { kind: 'text', uri: '', sha256: hash },
};

describe('the words for a transaction', () => {
  it('name people, modules and tokens', () => {
    const said: readonly (readonly [KernelCall, RegExp])[] = [
      [{ kind: 'transfer', to: bob, amount: 5n * TOKEN }, /^transfer 5 tokens to bob$/],
      [
        registerModule('greeter'),
        /^register the module greeter at http.*, settled by consensus module 0, echo for 0\.000001 tokens$/,
      ],
      [updateModule(0, { url: 'http://x' }), /^update shop: url http:\/\/x$/],
      [updateModule(7, {}), /^update module 7: nothing$/],
      [
        { kind: 'proposeLink', terms: linkTerms(0, 3), expires: 9 },
        /^propose the link shop -> module 3 as replica child-3 with 10 % .* epoch 9$/,
      ],
      [
        { kind: 'stake', target: onValidator(accountOf(VALIDATOR)), amount: TOKEN },
        /^stake 1 tokens on validator node 0$/,
      ],
      [{ kind: 'unstake', target: onModule(0), amount: TOKEN }, /^take 1 tokens of stake off shop$/],
      [
        { kind: 'reserve', consensus: 0, server: bob, amount: TOKEN },
        /^reserve 1 tokens for bob under consensus module 0$/,
      ],
      [{ kind: 'vote', proposal: 3, choice: 'no' }, /^vote no on proposal 3$/],
      [
        { kind: 'call', consensus: 9, method: 'do', args: Uint8Array.of(1), value: TOKEN },
        /^call do of consensus module 9 with "0x01", and 1 tokens$/,
      ],
      [
        {
          kind: 'dev',
          operation: { kind: 'impersonate', account: bob, call: { kind: 'retireModule', module: 0 } },
        },
        /^as bob: retire module 0$/,
      ],
      [
        { kind: 'dev', operation: { kind: 'loadPart', dump: hash, index: 2, data: new Uint8Array(99) } },
        /^bring part 2 of the dump 0xab.*, 99 bytes$/,
      ],
    ];
    for (const [call, pattern] of said) assert.match(words(call), pattern);
  });

  it('are one line for any call, without what moves the cursor', () => {
    const kinds = new Set<KernelCallKind>();
    fc.assert(
      fc.property(valuesOf(KernelCall), call => {
        const text = words(call as CallOf<KernelCallKind>);
        kinds.add(call.kind);
        assert.ok(text.length > 0);
        assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029\u202e]/u);
      }),
      // Seed -986633142: a tab was no character that moves the cursor.
      { numRuns: 400, examples: [[TITLE_OF_A_TAB]] },
    );
    assert.ok(kinds.size >= 17, [...kinds].join(' '));
  });
});
