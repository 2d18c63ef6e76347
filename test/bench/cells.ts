/** A thousand transactions of cells on four validators, against as many transfers; and what a cell takes of the state. */
import { type KernelCall, keyPairFromUri, TOKEN } from '../../chain/index.ts';
import {
  digestOf,
  type Group,
  lockOf,
  type OutPoint,
  type Output,
  occupied,
  Submission,
  type Transaction,
  transactionId,
  unlockMessage,
} from '../../consensus/cells/index.ts';
import { putCell } from '../../consensus/cells/storage.ts';
import { builtinGenesis } from '../../consensus/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import type { Node } from '../../node/node.ts';
import { alice, bob, signed, transfer, untilFinal, withCluster } from '../node/support/cluster.ts';
import { type Figure, seconds, timed } from './report.ts';

const CELLS = 1;
const COUNT = 1_000;
const PER_TRANSACTION = 125;
const PRICE = 100_000n;
const owner = keyPairFromUri('//Owner', 'ed25519');
/** Transactions of one sender that a node takes. */
const FEE_LIMIT = TOKEN / 100n;

const cell = { data: new Uint8Array(41).fill(7), lock: lockOf(owner.account), recipient: null };
const output: Output = { ...cell, capacity: occupied({ module: 1, ...cell }) };

const transactionOf = (groups: readonly Group[], fuel: number): Transaction => ({
  consensus: CELLS,
  groups,
  fuel,
  refund: null,
  payment: null,
});

function callOf(transaction: Transaction, value: bigint, unlocked: boolean): KernelCall {
  const message = unlockMessage(digestOf('test-chain', transaction));
  const unlocks = unlocked ? [{ account: owner.account, signature: owner.sign(message) }] : [];
  const args = encode(Submission, { transaction, unlocks });
  return { kind: 'call', consensus: CELLS, method: 'submit', args, value };
}

/** Seconds until all are final at a node; their nonces go on from `first`. */
async function run(node: Node, first: number, calls: readonly KernelCall[]): Promise<number> {
  const transactions = calls.map((call, index) => signed(alice, first + index, call, FEE_LIMIT));
  const { ms } = await timed(async () => {
    const hashes = await Promise.all(transactions.map(bytes => node.submit(bytes)));
    for (const hash of hashes) {
      const final = await untilFinal(node, hash);
      if (final.status !== 'final' || !final.outcome.ok) throw new Error('a transaction of the bench failed');
    }
  });
  return ms;
}

/** All cells of the second part: the digest of a transaction without inputs is numbered. */
function setUp(): { readonly calls: readonly KernelCall[]; readonly places: readonly OutPoint[] } {
  const create = { kind: 'create', output } as const;
  const groups = [{ module: 1, operations: Array.from({ length: PER_TRANSACTION }, () => create) }];
  const transaction = transactionOf(groups, 500_000);
  const digest = digestOf('test-chain', transaction);
  const value = PRICE * BigInt(output.capacity * PER_TRANSACTION);
  const turns = Array.from({ length: COUNT / PER_TRANSACTION }, (_, turn) => turn);
  return {
    calls: turns.map(() => callOf(transaction, value, false)),
    places: turns.flatMap(turn =>
      Array.from({ length: PER_TRANSACTION }, (_, index) => ({
        transaction: transactionId(digest, turn),
        index,
      })),
    ),
  };
}

export async function cells(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const genesis = { consensus: builtinGenesis(['cells']), maxBlockWeight: 40_000_000 };
  await withCluster({ validators: 4, accounts: [owner], genesis }, async cluster => {
    const nodes = await Promise.all([0, 1, 2, 3].map(index => cluster.start(index)));
    const [node] = nodes;
    if (node === undefined) return;
    const { calls, places } = setUp();
    await run(node, 0, calls);
    const moves = places.map(input =>
      callOf(
        transactionOf([{ module: 1, operations: [{ kind: 'transform', input, output }] }], 20_000),
        0n,
        true,
      ),
    );
    const transfers = moves.map(() => transfer(bob));
    const transfersTook = await run(node, calls.length, transfers);
    const cellsTook = await run(node, calls.length + COUNT, moves);
    figures.push(
      { name: '1,000 cells that change, each unlocked and checked', value: seconds(cellsTook), aim: '' },
      { name: 'against 1,000 transfers', value: (cellsTook / transfersTook).toFixed(2), aim: '' },
    );
  });
  const at = { transaction: `0x${'ab'.repeat(32)}`, index: 1 } as const;
  const ops = putCell(at, { module: 130, height: 1_000_000, ...output });
  const bytes = ops.reduce((sum, op) => sum + (op.op === 'put' ? op.key.length + op.value.length : 0), 0);
  figures.push({
    name: 'bytes of rows of a cell with a lock and 41 bytes of data',
    value: `${bytes}`,
    aim: '',
  });
  return figures;
}
