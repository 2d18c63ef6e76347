/**
 * What a program does with a node: sends, proves, listens. Run it on a devnet:
 *
 *     npx tsx examples/rpc.ts http://127.0.0.1:8700
 */
import { createClient, keyPairFromUri, RpcError, verifyProof } from '../node/client/index.ts';

const TOKEN = 10n ** 9n;
const client = createClient(process.argv[2] ?? 'http://127.0.0.1:8700');
const alice = keyPairFromUri('//Alice');
const bob = keyPairFromUri('//Bob');

// A transaction: signed here, resolved once it is final and has succeeded.
const { height, fee } = await client.send({
  from: alice,
  call: { kind: 'transfer', to: bob.account, amount: TOKEN },
});
console.log(`transfer: final in block ${height}, fee ${fee}`);

// What would fail is refused by name, and nothing is charged.
try {
  await client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 10n ** 18n } });
} catch (error) {
  if (!(error instanceof RpcError)) throw error;
  console.log(`refused: ${error.name}, ${error.message}`);
}

// A proof: believed only if these validators signed for it. Take them from where you trust, not from the same node.
const { chainId } = await client.getNodeInfo();
const validators = await client.getValidators();
const proof = await client.getAccountProof({ address: bob.address });
const proved = verifyProof({
  subject: { kind: 'account', address: bob.address },
  proof,
  trusted: { chainId, validators },
});
if (proved.kind === 'account')
  console.log(`proved: bob has ${proved.value?.free} at height ${proved.height}`);

// Notices of final blocks, over one WebSocket that is opened again when it is lost.
const seen = new Promise<number>((resolve, reject) => {
  client
    .subscribeTransactions({ account: bob.address, onTransaction: final => resolve(final.height) })
    .then(() => client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 1n } }))
    .catch(reject);
});
console.log(`heard: bob's next transfer is final in block ${await seen}`);
client.close();
