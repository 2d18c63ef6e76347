/** Cells on real nodes: installed while the chain runs, signed for real, seen through the RPC. */
import assert from 'node:assert/strict';
import { joinSignature, type KeyPair, TOKEN } from '../../chain/index.ts';
import {
  cells,
  defaultParams,
  digestOf,
  encodeData,
  lockOf,
  type Output,
  occupied,
  StoredCell,
  Submission,
  type Transaction,
  unlockMessage,
} from '../../consensus/cells/index.ts';
import { builtinCodeHash } from '../../consensus/index.ts';
import { type Codec, decode, encode, type Hex } from '../../consensus/interface/index.ts';
import { type Client, verifyProof } from '../../node/client/index.ts';
import { toJson } from '../../node/rpc/json.ts';
import { charlie, withNode } from '../rpc/realNode.ts';
import { alice } from './support/cluster.ts';

const CELLS = 1;
const PRICE = 1_000n;
const CODE = `return function(group, module_id)
  for _, op in ipairs(group) do
    if op.output and op.output.cell.data ~= "good" then return false end
  end
  return true
end`;

interface Seen {
  readonly at: { readonly transaction: Hex; readonly index: number };
  readonly key: Hex;
  readonly data: Hex;
}

async function install(client: Client): Promise<void> {
  const params = { ...defaultParams(), pricePerByte: PRICE };
  const { name, version } = cells.info;
  await client.installConsensus({
    id: CELLS,
    name,
    version,
    codeHash: builtinCodeHash(cells),
    params: toJson(cells.params as Codec<unknown>, params),
  });
  await client.advanceEpoch({ epochs: 1 });
  const entry = (await client.listConsensus()).find(({ id }) => id === CELLS);
  assert.equal(entry?.status, 'active');
}

const query = async (client: Client, name: string, args: object) =>
  (await client.queryConsensus({ id: CELLS, query: name, args })) as never;

/** Signed by a key of whatever scheme. */
async function submit(client: Client, transaction: Transaction, value: bigint, owner?: KeyPair) {
  const message = unlockMessage(digestOf('test-chain', transaction));
  const unlocks = owner === undefined ? [] : [{ account: owner.account, signature: owner.sign(message) }];
  const args = encode(Submission, { transaction, unlocks });
  return client.send({
    from: alice,
    call: { kind: 'call', consensus: CELLS, method: 'submit', args, value },
  });
}

const made = (module: number, data: Uint8Array, owner: KeyPair | null): Output => {
  const cell = { data, lock: owner === null ? null : lockOf(owner.account), recipient: null };
  return { capacity: occupied({ module, ...cell }), ...cell };
};

const transactionOf = (groups: Transaction['groups'], more: Partial<Transaction> = {}): Transaction => ({
  consensus: CELLS,
  groups,
  fuel: 500_000,
  refund: null,
  payment: null,
  ...more,
});

describe('cells on nodes', () => {
  it('are installed on a chain that runs; a cell is made, proved and spent by its owner alone', () =>
    withNode(async client => {
      await install(client);
      const { allocator } = (await query(client, 'system', {})) as { allocator: Seen & { capacity: number } };
      const counted: Output = {
        capacity: allocator.capacity,
        data: encodeData({ kind: 'allocator', nextId: 129 }),
        lock: null,
        recipient: null,
      };
      const module = made(0, encodeData({ kind: 'module', id: 128 }), alice);
      const code = new TextEncoder().encode(CODE);
      const checker = made(0, encodeData({ kind: 'checker', id: 128, code }), alice);
      const cost = PRICE * BigInt(module.capacity + checker.capacity);
      const registration = transactionOf([
        {
          module: 0,
          operations: [
            { kind: 'transform', input: allocator.at, output: counted },
            { kind: 'create', output: module },
            { kind: 'create', output: checker },
          ],
        },
        { module: 1, operations: [] },
      ]);
      await submit(client, registration, cost);

      const good = made(128, new TextEncoder().encode('good'), charlie);
      const creating = (output: Output) =>
        transactionOf([
          { module: 128, operations: [{ kind: 'create', output }] },
          { module: 1, operations: [] },
        ]);
      await assert.rejects(
        submit(
          client,
          creating({ ...good, data: new TextEncoder().encode('evil') }),
          PRICE * BigInt(good.capacity),
        ),
        /CHECKER_REFUSED/,
      );
      await submit(client, creating(good), PRICE * BigInt(good.capacity));
      const [own] = (await query(client, 'cellsByAccount', { account: charlie.address })) as readonly Seen[];
      assert.ok(own);

      const { value, validators } = await client.getConsensusProof({ id: CELLS, key: own.key });
      assert.ok(value);
      const proof = await client.getConsensusProof({ id: CELLS, key: own.key });
      const trusted = { chainId: 'test-chain', validators };
      const subject = { kind: 'storage', consensus: CELLS, key: own.key } as const;
      const proved = verifyProof({ subject, proof, trusted });
      assert.ok(proved.kind === 'storage' && proved.value);
      assert.equal(decode(StoredCell, proved.value).lock, lockOf(charlie.account));
      const absent = { ...subject, key: `${own.key.slice(0, -2)}ff` as Hex };
      const none = await client.getConsensusProof({ id: CELLS, key: absent.key });
      assert.equal(verifyProof({ subject: absent, proof: none, trusted }).value, null);

      const spending = transactionOf([{ module: 128, operations: [{ kind: 'destroy', input: own.at }] }], {
        refund: charlie.account,
      });
      await assert.rejects(submit(client, spending, 0n, alice), /UNUSED_UNLOCK|LOCKED/);
      const zeros = joinSignature('ed25519', new Uint8Array(64));
      const forged: KeyPair = { ...charlie, account: charlie.account, sign: () => zeros };
      await assert.rejects(submit(client, spending, 0n, forged), /BAD_UNLOCK/);
      const before = (await client.getAccount({ address: charlie.address })).free;
      await submit(client, spending, 0n, charlie);
      const after = (await client.getAccount({ address: charlie.address })).free;
      assert.equal(after - before, PRICE * BigInt(good.capacity));
      assert.ok(after > TOKEN);
      assert.deepEqual(await query(client, 'cellsByAccount', { account: charlie.address }), []);
    }));
});
