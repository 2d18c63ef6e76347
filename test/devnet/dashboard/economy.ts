/** Two linked modules, a client that calls one of them, and a settled epoch: what the screens about money show. */
import {
  hashOf,
  type KernelCall,
  type KeyPair,
  keyPairFromUri,
  LinkTerms,
  TOKEN,
} from '../../../chain/index.ts';
import { Claim, headerSigningBytes } from '../../../consensus/consensus-0/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import type { Node } from '../../../node/node.ts';
import { claimsOf, served } from '../../consensus/support.ts';
import { alice, bob, signed } from '../../node/support/cluster.ts';
import { linkTerms, registerModule } from '../../support/calls.ts';

export const charlie = keyPairFromUri('//Charlie');

/** What the child gets, and what the client pays: odd, so that it does not divide. */
const SHARE_BPS = 3_000;
const COST = 7n;

export interface Economy {
  /** The epoch of the calls. */
  readonly called: number;
  /** The epoch whose close moved the money. */
  readonly settled: number;
  /** Nonces that were used so far. */
  readonly nonce: (key: KeyPair) => number;
}

/** On a chain that makes no blocks by itself. Bob's module shares with Charlie's; Alice pays Bob. */
export async function makeEconomy(node: Node): Promise<Economy> {
  const { dev } = node;
  if (dev === null) throw new Error('this node is on no devnet');
  const nonces = new Map<KeyPair, number>();
  const nonce = (key: KeyPair): number => nonces.get(key) ?? 0;
  const submit = async (key: KeyPair, call: KernelCall): Promise<void> => {
    const hash = await node.submit(signed(key, nonce(key), call));
    nonces.set(key, nonce(key) + 1);
    // It may still be on its way to the proposer.
    let found = await node.transaction(hash);
    while (found.status === 'pending') {
      await dev.mine(1);
      found = await node.transaction(hash);
    }
    if (found.status !== 'final' || found.outcome.failure !== null)
      throw new Error(`${call.kind} did not succeed`);
  };
  const terms = linkTerms(0, 1, { shareBps: SHARE_BPS, alias: 'helper' });
  await submit(bob, registerModule('parent'));
  await submit(charlie, registerModule('helper'));
  await submit(bob, { kind: 'proposeLink', terms, expires: node.head().header.epoch + 1 });
  await submit(charlie, { kind: 'acceptLink', parent: 0, child: 1, termsHash: hashOf(LinkTerms, terms) });
  await submit(alice, { kind: 'reserve', consensus: 0, server: bob.account, amount: TOKEN });

  const called = await dev.advanceEpoch(1);
  const claimed = await dev.advanceEpoch(1);
  const receipt = served({
    server: bob.account,
    client: alice.account,
    fn: 'echo',
    epoch: called,
    nonce: 1,
    cost: COST,
  });
  const headerSignature = alice.sign(headerSigningBytes(receipt.header));
  const [claim] = await claimsOf([{ ...receipt, headerSignature }], called, bob.account);
  if (claim === undefined) throw new Error('there is nothing to claim');
  await submit(bob, { kind: 'call', consensus: 0, method: 'claim', args: encode(Claim, claim), value: 0n });
  await dev.advanceEpoch(1);
  await dev.mine(1);
  return { called, settled: claimed, nonce };
}
