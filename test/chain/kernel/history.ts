/** Random histories of a chain: few accounts, small numbers, so that commands meet often and many are refused. */
import fc from 'fast-check';
import {
  CHOICES,
  type CheckedTransaction,
  type GovContent,
  getAccount,
  getModule,
  getProposal,
  hashOf,
  type Installation,
  type KernelCall,
  type KernelCallKind,
  LinkTerms,
  linksOfParent,
  listGovProposals,
  listReserves,
  type ReserveRow,
  type StakeTarget,
  stakesOf,
  TOKEN,
} from '../../../chain/index.ts';
import {
  type Account,
  fail,
  type Ledger,
  more,
  type Op,
  type Outcome,
  ok,
  type View,
} from '../../../consensus/interface/index.ts';
import { linkTerms, registerModule, updateModule } from '../../support/calls.ts';
import { accountOf, type TestChain, VALIDATOR } from '../../support/chain.ts';
import { type Behaviour, callProbe, PROBE, probeEvent } from '../../support/probe.ts';

export const PEOPLE = ['Alice', 'Bob', 'Carol', 'Dave', VALIDATOR];
/** Ids that commands name; the last ones belong to nobody at first. */
const MODULES = [0, 1, 2, 3, 4, 5];

/** Who asks, and for what; the numbers are read by each kind of call in its own way. */
export interface Command {
  readonly from: number;
  readonly kind: KernelCallKind;
  readonly a: number;
  readonly b: number;
  readonly amount: number;
}

const command: fc.Arbitrary<Command> = fc.record({
  from: fc.nat(PEOPLE.length - 1),
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<KernelCallKind[]>('proposeLink', 'acceptLink') },
    { weight: 1, arbitrary: fc.constant<KernelCallKind>('dissolveLink') },
    { weight: 4, arbitrary: fc.constantFrom<KernelCallKind[]>('reserve', 'thaw', 'withdraw', 'call') },
    { weight: 3, arbitrary: fc.constantFrom<KernelCallKind[]>('stake', 'unstake', 'withdrawStake') },
    { weight: 3, arbitrary: fc.constantFrom<KernelCallKind[]>('transfer', 'updateModule', 'dev') },
    { weight: 1, arbitrary: fc.constantFrom<KernelCallKind[]>('registerModule', 'retireModule') },
    { weight: 1, arbitrary: fc.constantFrom<KernelCallKind[]>('installConsensus', 'cancelConsensus') },
    { weight: 1, arbitrary: fc.constant<KernelCallKind>('propose') },
    { weight: 2, arbitrary: fc.constant<KernelCallKind>('vote') },
  ),
  a: fc.nat(5),
  b: fc.nat(5),
  amount: fc.oneof(
    { weight: 9, arbitrary: fc.nat(20) },
    { weight: 1, arbitrary: fc.constantFrom(0, 800, 10_000) },
  ),
});

/** Blocks of commands. */
export const histories = fc.array(fc.array(command, { maxLength: 6 }), { minLength: 25, maxLength: 40 });

const nameAt = (index: number): string => PEOPLE[index % PEOPLE.length] ?? VALIDATOR;
const someone = (index: number) => accountOf(nameAt(index));
const tokens = (amount: number): bigint => BigInt(amount) * TOKEN;

interface Sent {
  readonly from: string;
  readonly call: KernelCall;
}

/** Code that nobody has, so it is never due; what comes into force is in registry.test.ts. */
const later = (chain: TestChain, id: number, patch: number): Installation => ({
  id,
  name: id === 0 ? 'consensus-0' : 'nothing',
  version: `1.0.${patch}`,
  stateVersion: 1,
  codeHash: `0x${'11'.repeat(32)}`,
  capabilities: [],
  mintCap: 0n,
  params: new Uint8Array(),
  activationEpoch: chain.epoch + 5_000,
});

/** What a command means at this point; often what has a chance, sometimes nonsense. */
function sentBy(chain: TestChain, command: Command): Sent {
  const { kind, a, b, amount } = command;
  const anyone = nameAt(command.from);
  const by = (owner: Account | undefined, call: KernelCall): Sent => ({
    from: (command.from === 0 ? undefined : PEOPLE.find(name => accountOf(name) === owner)) ?? anyone,
    call,
  });
  const owner = (module: number): Account | undefined => getModule(chain.state, module)?.account;
  switch (kind) {
    case 'installConsensus':
      return by(undefined, { kind, ...later(chain, a, b) });
    case 'cancelConsensus':
      return by(undefined, { kind, id: a });
    case 'transfer':
      return by(undefined, { kind, to: someone(a), amount: tokens(amount) });
    case 'registerModule':
      return by(undefined, registerModule(`module-${b}`));
    case 'updateModule':
      return by(owner(a), updateModule(a, { prices: [{ fn: 'f', price: BigInt(amount) }], maxLinks: b }));
    case 'retireModule':
      return by(owner(a), { kind, module: b === 0 ? a : 5 });
    case 'proposeLink': {
      const terms = linkTerms(a, b, { shareBps: (amount * 500) % 10_001, alias: `alias-${amount % 5}` });
      return by(owner(amount % 2 === 0 ? a : b), { kind, terms, expires: chain.epoch + 1 + (amount % 3) });
    }
    case 'acceptLink':
      return acceptLink(chain, a * 6 + b, by);
    case 'dissolveLink':
      return dissolveLink(chain, command, by);
    case 'stake':
      return by(undefined, { kind, target: targetOf(a, b), amount: tokens(amount) });
    case 'unstake':
    case 'withdrawStake': {
      const target = stakesOf(chain.state, accountOf(anyone))[a % 2]?.target ?? targetOf(a, b);
      return { from: anyone, call: { kind, target, amount: tokens(amount % 8) } };
    }
    case 'reserve':
      return by(undefined, { kind, consensus: consensusOf(b), server: someone(a), amount: tokens(amount) });
    case 'thaw':
    case 'withdraw': {
      const row = reserveAt(chain, a, kind === 'withdraw');
      const server = row?.server ?? someone(a);
      const call = { kind, consensus: row?.consensus ?? 0, server, amount: tokens(amount % 8) } as const;
      return by(row?.client, call);
    }
    case 'call':
      return by(undefined, callProbe(amount % 3 === 0 ? tokens(amount) : 0n, a * 6 + b));
    case 'propose':
      return by(undefined, { kind, title: `number ${amount}`, content: contentOf(chain, a, b) });
    case 'vote':
      return by(undefined, {
        kind,
        proposal: Math.max(0, listGovProposals(chain.state).length - 1 - (b % 3)),
        choice: CHOICES[a % 3] ?? 'yes',
      });
    case 'dev':
      return {
        from: command.from === 0 ? anyone : VALIDATOR,
        call: { kind, operation: devOperation(a, amount) },
      };
  }
}

function contentOf(chain: TestChain, a: number, b: number): GovContent {
  if (a < 2) return { kind: 'text', uri: 'ipfs:plan', sha256: `0x${'22'.repeat(32)}` };
  if (a === 2) return { kind: 'installConsensus', ...later(chain, b, 9) };
  if (a === 3) return { kind: 'cancelConsensus', id: b };
  return {
    kind: 'changeParameters',
    changes: [
      { name: 'slashBps', value: BigInt(b) * 100n },
      { name: 'quorumBps', value: 5_000n },
    ],
  };
}

/** Mostly of something that was proposed, by the side that did not. */
function acceptLink(
  chain: TestChain,
  pick: number,
  by: (owner: Account | undefined, call: KernelCall) => Sent,
): Sent {
  const open = MODULES.flatMap(parent =>
    MODULES.flatMap(child => getProposal(chain.state, parent, child) ?? []),
  );
  const proposal = open[pick % (open.length + 1)];
  const { parent, child } = proposal?.terms ?? { parent: pick % 6, child: 0 };
  const acceptor = proposal?.proposer === 'parent' ? child : parent;
  const termsHash = hashOf(LinkTerms, proposal?.terms ?? linkTerms(parent, child));
  return by(getModule(chain.state, acceptor)?.account, { kind: 'acceptLink', parent, child, termsHash });
}

/** Mostly of a link that is there, by its child. */
function dissolveLink(
  chain: TestChain,
  { a, b, amount }: Command,
  by: (owner: Account | undefined, call: KernelCall) => Sent,
): Sent {
  const there = MODULES.flatMap(parent => linksOfParent(chain.state, parent));
  const { parent, child } = there[amount % (there.length + 1)]?.terms ?? { parent: a, child: b };
  return by(getModule(chain.state, child)?.account, { kind: 'dissolveLink', parent, child });
}

/** One of the reserves; for a withdrawal one that thaws, the oldest first. */
function reserveAt(chain: TestChain, pick: number, thaws: boolean): ReserveRow | undefined {
  const rows = listReserves(chain.state).filter(({ reserve }) => !thaws || reserve.thawing > 0n);
  rows.sort((x, y) => x.reserve.thawEpoch - y.reserve.thawEpoch);
  return rows[thaws ? pick % 2 : pick];
}

const consensusOf = (pick: number): number => (pick % 2 === 0 ? PROBE : 0);

function targetOf(a: number, b: number): StakeTarget {
  if (a % 2 === 0) return { kind: 'module', module: b };
  return { kind: 'validator', validator: b < 4 ? accountOf(VALIDATOR) : someone(b) };
}

function devOperation(a: number, amount: number) {
  if (a < 3) return { kind: 'advanceEpoch' } as const;
  if (a < 5) return { kind: 'mint', account: someone(amount), amount: tokens(amount * 30) } as const;
  return { kind: 'setBalance', account: someone(amount), free: tokens(amount * 20) } as const;
}

/** Everybody has a module before a history starts. */
export const prelude = (chain: TestChain): CheckedTransaction[] =>
  PEOPLE.map((name, index) => chain.transaction(name, registerModule(`first-${index}`, { maxLinks: 3 })));

/** Transactions with the nonces that they have when they stand in one block. */
export function transactionsOf(chain: TestChain, commands: readonly Command[]): CheckedTransaction[] {
  const used = new Map<string, number>();
  return commands.map(command => {
    const { from, call } = sentBy(chain, command);
    const offset = used.get(from) ?? 0;
    used.set(from, offset + 1);
    const nonce = getAccount(chain.state, accountOf(from)).nonce + offset;
    return chain.transaction(from, call, { nonce });
  });
}

const pot: Ledger = { kind: 'pot' };

/** A mechanism that asks for all kinds of things, often for more than there is. */
export const greedy: Behaviour = {
  apply: (_, view, { args: { number } }) => answer(view, number),
  closeEpoch(block, view, closing) {
    if (closing % 5 === 4) return fail('NOT_THIS_TIME', 'every fifth close fails');
    const half = view.pot() / 2n;
    const to: Ledger = { kind: 'account', account: someone(closing) };
    const pay: Op = { op: 'transfer', from: pot, to, amount: half };
    return block.height % 3 === 0 ? more([pay]) : ok([pay], [probeEvent(closing)]);
  },
};

function answer(view: View, number: number): Outcome {
  const [client, server] = [someone(number % 6), someone(Math.floor(number / 6))];
  const held = view.reserve(client, server);
  const all = (held?.amount ?? 0n) + (held?.thawing ?? 0n);
  const escrow: Ledger = { kind: 'reserve', client, server };
  const amount = all > 0n ? all / BigInt((number % 3) + 2) : BigInt(number % 2) * TOKEN;
  const marker: Op = { op: 'put', key: Uint8Array.of(number), value: Uint8Array.of(number) };
  const moves: readonly (readonly Op[])[] = [
    [{ op: 'transfer', from: escrow, to: pot, amount }],
    [{ op: 'transfer', from: pot, to: escrow, amount: view.pot() / 3n }],
    [{ op: 'mint', amount: 2n * TOKEN }],
    [{ op: 'burn', amount: view.pot() / 4n }],
    [{ op: 'transfer', from: escrow, to: { kind: 'account', account: server }, amount: all + 1n }],
    [{ op: 'delete', key: Uint8Array.of(number - 1) }],
  ];
  if (number === 35) return fail('ENOUGH', 'no');
  return ok(
    [marker, ...(moves[(number + Math.floor(number / 6)) % moves.length] ?? [])],
    [probeEvent(number)],
  );
}
