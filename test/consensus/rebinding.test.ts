/**
 * Modules that change their consensus module from epoch to epoch, while the code behind one of the two ids is upgraded:
 * random histories on the kernel against a model that knows nothing of either.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type CheckedTransaction,
  checkedTransaction,
  getConsensus,
  getReserve,
  type KernelCall,
  listInstallations,
  type Outcome,
  SCHEMES,
  SignedTransaction,
  selectTransactions,
  transactionChecks,
} from '../../chain/index.ts';
import { closeEpoch } from '../../consensus/consensus-0/close.ts';
import { consensus0, headerHash, headerText, receiptText } from '../../consensus/consensus-0/index.ts';
import { builtinGenesis } from '../../consensus/index.ts';
import { type ConsensusModule, encode, type StoredReceipt } from '../../consensus/interface/index.ts';
import { inputOf } from '../node/plugins/support.ts';
import { registerModule, updateModule } from '../support/calls.ts';
import {
  accountOf,
  CHAIN_ID,
  createTestChain,
  readEvents,
  type TestChain,
  VALIDATOR,
} from '../support/chain.ts';
import { codeOf, hashOfVersion, install, installationOf } from '../support/ledger.ts';
import { type Pair, RebindingModel } from './rebindingModel.ts';
import { sha } from './support.ts';

const SERVERS = ['Server-1', 'Server-2'];
const CLIENTS = ['Alice', 'Bob'];
/** Both run consensus-0; the second one is upgraded again and again. */
const IDS = [0, 5] as const;
const PRICE = 10n;
const GRACE = 2;

/** A close that takes a block for each pair, so that upgrades have to wait for it. */
const versionOf = (patch: number): ConsensusModule => ({
  ...consensus0,
  info: { ...consensus0.info, version: `1.0.${patch}` },
  closeEpoch: closeEpoch({ pairs: 1, flows: 2, credits: 1, marks: 2 }),
});
const VERSIONS = Array.from({ length: 9 }, (_, patch) => versionOf(patch + 1));

type Command =
  | { readonly kind: 'rebind'; readonly server: string; readonly id: number }
  | { readonly kind: 'reserve' | 'thaw'; readonly id: number; readonly pair: Pair; readonly amount: number }
  | { readonly kind: 'withdraw'; readonly id: number; readonly pair: Pair }
  | { readonly kind: 'serve'; readonly pair: Pair; readonly calls: number }
  | { readonly kind: 'claim'; readonly server: string; readonly age: number; readonly id: number }
  | { readonly kind: 'upgrade' };

const server = fc.constantFrom(...SERVERS);
const id = fc.constantFrom(...IDS);
const pair = fc.record({ client: fc.constantFrom(...CLIENTS), server });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rebind' as const), server, id }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('reserve' as const, 'reserve' as const, 'thaw' as const),
      id,
      pair,
      amount: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), id, pair }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('serve' as const),
      pair,
      calls: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      server,
      age: fc.constantFrom(0, 1, 1, 1, 2, 2, 3),
      id,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('upgrade' as const) }) },
);
const histories = fc.array(fc.array(command, { maxLength: 4 }), { minLength: 20, maxLength: 45 });

interface Scene {
  readonly chain: TestChain;
  readonly model: RebindingModel;
  readonly receipts: Map<string, StoredReceipt[]>;
  /** How transactions ended, so that a test can tell that it met what it is about. */
  readonly seen: Map<string, number>;
}

function start(): Scene {
  const [entry] = builtinGenesis();
  assert.ok(entry);
  const chain = createTestChain({
    accounts: [...SERVERS, ...CLIENTS],
    code: codeOf(...VERSIONS),
    genesis: { consensus: [entry, { ...entry, id: 5 }], epochLength: 4, graceEpochs: GRACE },
  });
  for (const [module, name] of SERVERS.entries())
    chain.ok(name, registerModule(`module-${module}`, { prices: [{ fn: 'echo', price: PRICE }] }));
  const free = new Map([...SERVERS, ...CLIENTS].map(name => [name, chain.free(name)]));
  return {
    chain,
    model: new RebindingModel({ free, servers: SERVERS, bound: 0, grace: GRACE, price: PRICE }),
    receipts: new Map(),
    seen: new Map(),
  };
}

/** What the server keeps of calls that it served in the current epoch. */
function serve({ chain, model, receipts }: Scene, { client, server }: Pair, calls: number): void {
  const { epoch } = chain;
  for (const nonce of model.serve(epoch, { client, server }, calls)) {
    const header = headerText({
      chain: CHAIN_ID,
      server: accountOf(server),
      client: accountOf(client),
      fn: 'echo',
      paramsHash: sha('{}'),
      time: 1_700_000_000_000,
      epoch,
      nonce,
      maxUsage: PRICE,
      tally: null,
    });
    const receipt = receiptText({
      headerHash: headerHash(header),
      cost: PRICE,
      resultHash: sha('1'),
      time: 1,
    });
    const name = `${server} ${epoch}`;
    const stored = { header, headerSignature: SIGNATURE, receipt, receiptSignature: SIGNATURE };
    receipts.set(name, [...(receipts.get(name) ?? []), stored]);
  }
}

/** All signatures are taken as right: they are not what this is about. */
const SIGNATURE = Uint8Array.of(SCHEMES.sr25519, ...new Uint8Array(64));

interface Sent {
  readonly from: string;
  readonly call: KernelCall;
  /** What the model says of it when its turn comes; the codes with which it may end. */
  expect(outcome: Outcome): void;
}

async function sentBy(scene: Scene, command: Command): Promise<readonly Sent[]> {
  const { chain, model } = scene;
  const { epoch } = chain;
  switch (command.kind) {
    case 'serve':
      serve(scene, command.pair, command.calls);
      return [];
    case 'rebind': {
      const { server, id } = command;
      const call = updateModule(SERVERS.indexOf(server), { consensus: id });
      return [
        { from: server, call, expect: ends(scene, 'rebind', () => model.rebind(chain.epoch, server, id)) },
      ];
    }
    case 'upgrade': {
      const running = getConsensus(chain.state, 5)?.version ?? '';
      const next = VERSIONS[Number(running.split('.')[2])];
      if (next === undefined || listInstallations(chain.state).length > 0) return [];
      const [entry] = builtinGenesis();
      const fields = { id: 5, capabilities: entry?.capabilities ?? [], params: new Uint8Array() };
      const call = install(installationOf(next, epoch + 2, { ...fields, codeHash: hashOfVersion(next) }));
      return [{ from: VALIDATOR, call, expect: ends(scene, 'upgrade', () => ['ok']) }];
    }
    case 'claim':
      return claims(scene, command);
    default: {
      const { kind, id, pair } = command;
      const amount = 'amount' in command ? BigInt(command.amount) : 0n;
      const fields = { consensus: id, server: accountOf(pair.server) };
      const call: KernelCall = kind === 'withdraw' ? { kind, ...fields } : { kind, ...fields, amount };
      const expected = (outcome: Outcome) =>
        model[kind]({ epoch: chain.epoch, id, pair, amount, ok: outcome.failure === null });
      return [{ from: pair.client, call, expect: ends(scene, kind, expected) }];
    }
  }
}

/** One of the codes that the model allows; the fee is gone in any case. */
function ends(
  { seen }: Scene,
  what: string,
  allowed: (outcome: Outcome) => readonly string[],
): (outcome: Outcome) => void {
  return outcome => {
    const code = outcome.failure?.code ?? 'ok';
    const codes = allowed(outcome);
    assert.ok(codes.includes(code), `${what} ended with ${code}, the model says ${codes}`);
    seen.set(`${what} ${code}`, (seen.get(`${what} ${code}`) ?? 0) + 1);
  };
}

async function claims(
  scene: Scene,
  { server, age, id }: Extract<Command, { kind: 'claim' }>,
): Promise<readonly Sent[]> {
  const { chain, model, receipts } = scene;
  const epoch = chain.epoch - age;
  const local = { chainId: CHAIN_ID, server: accountOf(server), maxArgsBytes: 200_000 };
  const stored = receipts.get(`${server} ${epoch}`) ?? [];
  const unpaid = stored.filter(({ header }) => {
    const { client, nonce } = callOf(header);
    return nonce > model.paidUpTo(epoch, { client, server });
  });
  const calls = new Map<string, number[]>();
  for (const { header } of unpaid) {
    const { client, nonce } = callOf(header);
    calls.set(client, [...(calls.get(client) ?? []), nonce]);
  }
  const prepared = (await consensus0.prepare?.(local, epoch, unpaid)) ?? [];
  return prepared.map(({ method, args }) => ({
    from: server,
    call: { kind: 'call', consensus: id, method, args, value: 0n },
    expect(outcome) {
      const { code, rows } = model.claim({ now: chain.epoch, epoch, id, server, calls });
      ends(scene, 'claim', () => [code])(outcome);
      const found = readEvents(outcome.events, new Map([[id, consensus0]])).flatMap(({ name, data }) =>
        name === 'row' ? [data as { client: string; amount: bigint; status: string }] : [],
      );
      const named = found.map(({ client, amount, status }) => ({ client: nameOf(client), amount, status }));
      assert.deepEqual(sorted(named), sorted(rows));
    },
  }));
}

const nameOf = (account: string): string =>
  [...CLIENTS, ...SERVERS].find(name => accountOf(name) === account) ?? assert.fail(account);

/** The client and the nonce of a header, as the records name them. */
function callOf(header: string): { readonly client: string; readonly nonce: number } {
  const { client, nonce } = JSON.parse(header) as { client: string; nonce: number };
  return { client: addressed(client), nonce };
}

const addresses = new Map<string, string>();
function addressed(address: string): string {
  for (const name of CLIENTS) {
    if (addresses.get(name) === undefined) addresses.set(name, addressOfClient(name));
    if (addresses.get(name) === address) return name;
  }
  return assert.fail(address);
}

/** As a header writes it. */
function addressOfClient(name: string): string {
  const header = headerText({
    chain: CHAIN_ID,
    server: accountOf(name),
    client: accountOf(name),
    fn: 'echo',
    paramsHash: sha('{}'),
    time: 0,
    epoch: 0,
    nonce: 1,
    maxUsage: 0n,
    tally: null,
  });
  return (JSON.parse(header) as { client: string }).client;
}

const sorted = <T extends { readonly client: string }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => (a.client < b.client ? -1 : 1));

function transactionOf(chain: TestChain, { from, call }: Sent, nonce: number): CheckedTransaction {
  const plain = chain.transaction(from, { kind: 'cancelConsensus', id: 1 });
  const transaction = { ...plain.transaction, call, nonce: plain.transaction.nonce + nonce };
  const signed = { transaction, signature: SIGNATURE };
  const checks = transactionChecks(signed, chain.mechanisms, CHAIN_ID);
  const results = [true, ...checks.call.map(() => true)];
  return checkedTransaction(encode(SignedTransaction, signed), signed, results, checks);
}

/** Makes a block of what may stand in it, and holds it against the model. */
function block(scene: Scene, sent: readonly Sent[]): void {
  const { chain, model } = scene;
  const wanted = sent.map((one, index) =>
    transactionOf(chain, one, sent.slice(0, index).filter(({ from }) => from === one.from).length),
  );
  const input = inputOf(chain, wanted);
  const { included } = selectTransactions(chain.state, input, codeOf(...VERSIONS));
  const { outcomes } = chain.block(included);
  for (const { consensus, epoch, ok, events } of outcomes.system) {
    assert.ok(ok);
    for (const { name, data } of readEvents(events, new Map([[consensus, consensus0]])))
      if (name === 'ReserveDebited') {
        const { client, server, amount } = data as { client: string; server: string; amount: bigint };
        model.debited(
          { id: consensus, closing: epoch, amount },
          { client: nameOf(client), server: nameOf(server) },
        );
      } else if (name === 'PotPaid') {
        const { account, amount } = data as { account: string; amount: bigint };
        model.paid(nameOf(account), amount);
      }
  }
  for (const [index, transaction] of included.entries()) {
    const outcome = outcomes.transactions[index];
    const one = sent[wanted.indexOf(transaction)];
    assert.ok(outcome !== undefined && one !== undefined);
    model.charge(one.from, outcome.fee);
    one.expect(outcome);
  }
  requireSame(scene);
}

/** All money is where the model has it. */
function requireSame({ chain, model }: Scene): void {
  for (const [name, free] of model.free) assert.equal(chain.free(name), free, name);
  for (const id of IDS)
    for (const server of SERVERS)
      for (const client of CLIENTS) {
        const found = getReserve(chain.state, id, accountOf(client), accountOf(server));
        const { amount, thawing } = model.reserveOf(id, { client, server });
        assert.deepEqual([found?.amount ?? 0n, found?.thawing ?? 0n], [amount, thawing]);
      }
}

/** Everybody takes out what is left, as soon as it may go. */
async function empty(scene: Scene): Promise<void> {
  const { chain, model } = scene;
  const each = async (make: (id: number, pair: Pair) => Command | undefined): Promise<void> => {
    for (const id of IDS)
      for (const server of SERVERS)
        for (const client of CLIENTS) {
          const command = make(id, { client, server });
          if (command !== undefined) for (const one of await sentBy(scene, command)) block(scene, [one]);
        }
  };
  const pass = (epochs: number): void => {
    for (const end = chain.epoch + epochs; chain.epoch < end; ) block(scene, []);
  };
  // What was claimed last is taken first.
  pass(2);
  await each((id, pair) => {
    const { amount } = model.reserveOf(id, pair);
    return amount === 0n ? undefined : { kind: 'thaw', id, pair, amount: Number(amount) };
  });
  pass(GRACE + 2);
  await each((id, pair) =>
    model.reserveOf(id, pair).thawing === 0n ? undefined : { kind: 'withdraw', id, pair },
  );
  for (const id of IDS) {
    assert.equal(getConsensus(chain.state, id)?.pot, 0n);
    for (const server of SERVERS)
      for (const client of CLIENTS)
        assert.deepEqual(model.reserveOf(id, { client, server }), { amount: 0n, thawing: 0n, thawEpoch: 0 });
  }
}

async function play(history: readonly (readonly Command[])[], seen = new Map<string, number>()) {
  const scene = { ...start(), seen };
  for (const commands of history) {
    const sent: Sent[] = [];
    for (const command of commands) sent.push(...(await sentBy(scene, command)));
    block(scene, sent);
  }
  await empty(scene);
  return scene;
}

describe('modules that change their consensus module', function () {
  this.timeout(60_000);

  it('are settled by the one that they were bound to, once, and every reserve comes back, over random histories', async () => {
    const property = fc.asyncProperty(histories, async history => {
      await play(history);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('meet all that this is about, so that the property means something', async () => {
    const seen = new Map<string, number>();
    let upgrades = 0;
    for (const history of fc.sample(histories, { seed: 3, numRuns: 15 })) {
      const { chain } = await play(history, seen);
      if (getConsensus(chain.state, 5)?.version !== '1.0.0') upgrades++;
    }
    for (const end of [
      'claim ok',
      'claim NOT_BOUND',
      'claim CLAIM_TOO_LATE',
      'claim EPOCH_OPEN',
      'withdraw ok',
    ])
      assert.ok((seen.get(end) ?? 0) > 0, `never: ${end}`);
    assert.ok(upgrades > 5, `${upgrades} upgrades`);
  });

  it('cannot have one call paid through both', async () => {
    const scene = start();
    const { chain } = scene;
    const pair = { client: 'Alice', server: 'Server-1' };
    const run = async (command: Command): Promise<void> => block(scene, await sentBy(scene, command));
    for (const id of IDS) await run({ kind: 'reserve', id, pair, amount: 50 });
    await run({ kind: 'rebind', server: 'Server-1', id: 5 });
    const epoch = chain.epoch;
    await run({ kind: 'serve', pair, calls: 2 });
    while (chain.epoch === epoch) block(scene, []);
    await run({ kind: 'serve', pair, calls: 3 });
    await run({ kind: 'claim', server: 'Server-1', age: 1, id: 5 });
    await run({ kind: 'claim', server: 'Server-1', age: 1, id: 0 });
    while (chain.epoch === epoch + 1) block(scene, []);
    await run({ kind: 'claim', server: 'Server-1', age: 1, id: 0 });
    await run({ kind: 'claim', server: 'Server-1', age: 1, id: 5 });
    while (chain.epoch < epoch + 4) block(scene, []);
    assert.deepEqual(Object.fromEntries(scene.seen), {
      'reserve ok': 2,
      'rebind ok': 1,
      'claim NOT_BOUND': 2,
      'claim ok': 2,
    });
    const left = IDS.map(
      id => getReserve(chain.state, id, accountOf('Alice'), accountOf('Server-1'))?.amount,
    );
    assert.deepEqual(left, [30n, 20n]);
    await empty(scene);
  });
});
