/** Every method against a real node, through the client; every result is held against its declared schema. */
import assert from 'node:assert/strict';
import {
  Block,
  Genesis,
  hashOf,
  type KernelCall,
  keyPairFromUri,
  LinkTerms,
  TOKEN,
} from '../../chain/index.ts';
import { builtinCodeHash, consensus0 } from '../../consensus/index.ts';
import { decode, fromHex } from '../../consensus/interface/index.ts';
import { type RpcError, verifyProof } from '../../node/client/index.ts';
import { toAccount } from '../../node/rpc/addresses.ts';
import { METHODS } from '../../node/rpc/index.ts';
import { alice, bob } from '../node/support/cluster.ts';
import { asked, charlie, dave, withNode } from './realNode.ts';
import { rejectsWith } from './support.ts';

const inline = { kind: 'inline', data: new Uint8Array() } as const;
const registration = (alias: string): KernelCall => ({
  kind: 'registerModule',
  alias,
  url: 'http://127.0.0.1:9000',
  consensus: 0,
  prices: [{ fn: 'echo', price: 1_000n }],
  metadata: inline,
  maxLinks: 4,
});

describe('RPC of a node', () => {
  it('tells of the node, blocks, transactions and accounts', () =>
    withNode(async client => {
      const info = await client.getNodeInfo();
      assert.equal(info.chainId, 'test-chain');
      assert.ok(info.devnet);
      assert.equal(info.sync, null, 'it takes part');
      const before = await client.getAccount({ address: bob.address });
      const sent = await client.send({
        from: alice,
        call: { kind: 'transfer', to: bob.account, amount: 5n * TOKEN },
      });
      const after = await client.getAccount({ address: bob.address });
      assert.equal(after.free - before.free, 5n * TOKEN);
      assert.equal((await client.getAccount({ address: alice.address })).nonce, 1);

      const block = await client.getBlock({ block: sent.height });
      assert.deepEqual(await client.getBlock({ block: block.hash }), block);
      const [transaction] = block.transactions;
      assert.equal(transaction?.hash, sent.hash);
      assert.deepEqual(transaction?.call, {
        kind: 'transfer',
        to: bob.address,
        amount: String(5n * TOKEN),
      });
      const transferred = block.events.find(({ name }) => name === 'Transferred');
      assert.deepEqual(transferred, {
        source: null,
        name: 'Transferred',
        data: { from: alice.address, to: bob.address, amount: String(5n * TOKEN) },
        transaction: 0,
      });
      assert.deepEqual(await client.getTransaction({ hash: sent.hash }), { status: 'final', ...sent });
      assert.deepEqual(await client.waitForTransaction({ hash: sent.hash }), sent);
      const nothing = `0x${'00'.repeat(32)}` as const;
      assert.equal((await client.getTransaction({ hash: nothing })).status, 'unknown');
      await rejectsWith(client.waitForTransaction({ hash: nothing }), 'UNKNOWN_TRANSACTION');
      await rejectsWith(client.getBlock({ block: 1_000_000 }), 'BLOCK_NOT_FOUND');
      await rejectsWith(client.getAccount({ address: 'nonsense0' }), 'ADDRESS_NOT_BASE58');
      assert.deepEqual(await client.getPeers(), []);
      assert.deepEqual(await client.getBans(), []);
      assert.equal((await client.getHead()).epoch, (await client.getCurrentEpoch()).epoch);
      assert.ok((await client.listMethods()).includes('rpc.discover'));
      assert.ok('methods' in (await client.discover()));
    }));

  it('builds transactions for signing elsewhere, and takes the signature alone', () =>
    withNode(async client => {
      const call = { kind: 'transfer', to: bob.address, amount: '7' } as const;
      const built = await client.buildTransaction({ from: dave.address, call, scheme: 'ecdsa' });
      assert.equal(built.nonce, 0);
      assert.ok(built.feeLimit > 0n);
      const signature = `0x${Buffer.from(dave.sign(Buffer.from(built.message.slice(2), 'hex'))).toString('hex')}`;
      const tx = { unsigned: built.unsigned, signature };
      const simulated = await client.simulateTransaction({ tx });
      assert.ok(simulated.ok);
      const final = await client.submitAndWait({ tx });
      assert.equal(final.ok, true);
      assert.equal(final.fee, simulated.fee);
      assert.ok(final.fee <= built.feeLimit);
      await rejectsWith(
        client.buildTransaction({ from: bob.address, call: { ...call, amount: '99999999999999999' } }),
        'INSUFFICIENT_BALANCE',
      );
      await rejectsWith(
        client.buildTransaction({
          from: bob.address,
          call: { kind: 'call', consensus: 0, method: 'nothing', args: {} },
        }),
        'UNKNOWN_METHOD',
      );
      const second = await client.buildTransaction({ from: dave.address, call, scheme: 'ecdsa' });
      await rejectsWith(
        client.submitTransaction({ tx: { unsigned: second.unsigned, signature: '0x0100' } }),
        'BAD_SIGNATURE',
      );
      const again = `0x${Buffer.from(dave.sign(Buffer.from(second.message.slice(2), 'hex'))).toString('hex')}`;
      const { hash } = await client.submitTransaction({
        tx: { unsigned: second.unsigned, signature: again },
      });
      assert.ok((await client.waitForTransaction({ hash })).ok);
    }));

  it('refuses what would fail before anything is charged', () =>
    withNode(async client => {
      const before = await client.getAccount({ address: alice.address });
      await rejectsWith(
        client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 10n ** 18n } }),
        'INSUFFICIENT_BALANCE',
      );
      assert.deepEqual(await client.getAccount({ address: alice.address }), before);
      // With a fee limit of its own nothing is simulated: it is charged, and fails in its block.
      await assert.rejects(
        client.send({
          from: alice,
          feeLimit: TOKEN,
          call: { kind: 'transfer', to: bob.account, amount: 10n ** 18n },
        }),
        (error: RpcError) => error.name === 'INSUFFICIENT_BALANCE' && typeof error.data.height === 'number',
      );
      const after = await client.getAccount({ address: alice.address });
      assert.equal(after.nonce, 1);
      assert.ok(after.free < before.free);
    }));

  it('keeps the order of what one account sends at once', () =>
    withNode(async client => {
      const sent = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          client.send({
            from: alice,
            call: { kind: 'transfer', to: bob.account, amount: BigInt(index + 1) },
          }),
        ),
      );
      const places = sent.map(({ height, index }) => height * 100_000 + index);
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      );
    }));

  it('tells of modules, links, stake and escrow, and proves them', () =>
    withNode(async client => {
      for (const [key, alias] of [
        [alice, 'router'],
        [bob, 'worker'],
      ] as const)
        await client.send({ from: key, call: registration(alias) });
      const router = await client.getModule({ module: 'router' });
      assert.deepEqual(router.bindings, [{ fromEpoch: 0, consensus: 0 }]);
      assert.deepEqual(await client.getModule({ module: alice.address }), router);
      assert.deepEqual(await client.getModule({ module: router.id }), router);
      assert.deepEqual(await client.getModule({ module: String(router.id) }), router);
      assert.deepEqual(router.prices, [{ fn: 'echo', price: 1_000n }]);
      assert.equal((await client.listModules()).length, 2);
      assert.equal((await client.listModules({ after: router.id, limit: 1 })).length, 1);
      await rejectsWith(client.getModule({ module: 'nobody' }), 'UNKNOWN_MODULE');
      await rejectsWith(client.getModule({ module: charlie.address }), 'UNKNOWN_MODULE');

      const worker = await client.getModule({ module: 'worker' });
      const pair = { parent: router.id, child: worker.id };
      const terms = { ...pair, kind: 'replica', shareBps: 2_500, alias: 'one', metadata: inline } as const;
      const { epoch } = await client.getCurrentEpoch();
      await rejectsWith(client.getLink(pair), 'UNKNOWN_LINK');
      await client.send({ from: alice, call: { kind: 'proposeLink', terms, expires: epoch + 2 } });
      const proposed = await client.getLink({ parent: 'router', child: 'worker' });
      assert.equal(proposed.status, 'proposed');
      assert.equal(proposed.termsHash, hashOf(LinkTerms, terms));
      assert.deepEqual(await client.getLinkChildren({ module: 'router' }), [proposed]);
      assert.deepEqual(await client.getLinkParents({ module: 'worker' }), [proposed]);
      for (const module of ['router', 'worker'])
        assert.deepEqual(await client.getLinkProposals({ module }), [proposed]);
      await client.send({
        from: bob,
        call: { kind: 'acceptLink', ...pair, termsHash: proposed.termsHash },
      });
      assert.equal((await client.getLink(pair)).status, 'accepted');
      assert.equal((await client.advanceEpoch()).epoch, epoch + 1);
      const active = await client.getLink(pair);
      assert.equal(active.status, 'active');
      assert.deepEqual(await client.getLinkParents({ module: 'worker' }), [active]);
      assert.deepEqual(await client.getLinkProposals({ module: 'worker' }), []);
      // Other terms for a link that holds: the link is what `link_get` answers, the offer stands among the proposals.
      const better = { ...terms, shareBps: 2_600 };
      await client.send({ from: alice, call: { kind: 'proposeLink', terms: better, expires: epoch + 2 } });
      assert.deepEqual(await client.getLink(pair), active);
      const [offer] = await client.getLinkProposals({ module: 'worker' });
      assert.deepEqual(
        [offer?.shareBps, offer?.proposal],
        [2_600, { proposer: 'parent', expires: epoch + 2 }],
      );
      await client.advanceEpoch({ epochs: 2 });
      assert.deepEqual(await client.getLinkProposals({ module: 'worker' }), [], 'it has expired');
      const tree = await client.getLinkTree({ module: 'router' });
      assert.deepEqual(
        tree.children.map(({ alias, shareBps }) => [alias, shareBps]),
        [['worker', 2_500]],
      );
      assert.deepEqual((await client.getLinkTree({ module: 'router', depth: 0 })).children, []);

      const validators = await client.getValidators();
      const [voter] = validators;
      assert.ok(voter);
      assert.equal(voter.power, 100);
      await client.send({
        from: charlie,
        call: { kind: 'stake', target: { kind: 'module', module: router.id }, amount: 3n * TOKEN },
      });
      const stake = await client.getStake({ address: charlie.address });
      assert.equal(stake.staked, 3n * TOKEN);
      assert.deepEqual(stake.stakes[0]?.target, { kind: 'module', module: router.id });

      const escrow = { client: charlie.address, server: alice.address };
      await client.send({
        from: charlie,
        call: { kind: 'reserve', consensus: 0, server: alice.account, amount: 2n * TOKEN },
      });
      const held = await client.getEscrow(escrow);
      assert.equal(held.amount, 2n * TOKEN);
      for (const filter of [escrow, { client: charlie.address }, { server: alice.address }, { consensus: 0 }])
        assert.deepEqual(await client.listEscrow(filter), [held]);
      assert.equal((await client.getEscrow({ client: bob.address, server: alice.address })).amount, 0n);
      const account = await client.getAccount({ address: charlie.address });
      assert.equal(account.staked, 3n * TOKEN);
      assert.equal(account.reserved, 2n * TOKEN);

      const trusted = { chainId: 'test-chain', validators };
      const subjects = [
        { kind: 'account', address: charlie.address },
        { kind: 'account', address: keyPairFromUri('//Nobody').address },
      ] as const;
      for (const subject of subjects) {
        const proof = await client.getAccountProof({ address: subject.address });
        const proved = verifyProof({ subject, proof, trusted });
        assert.equal(proved.value === null, proof.decoded === null);
      }
      const link = verifyProof({
        subject: { kind: 'link', ...pair },
        proof: await client.getLinkProof(pair),
        trusted,
      });
      assert.equal(link.kind === 'link' && link.value?.terms.shareBps, 2_500);
      const reserve = verifyProof({
        subject: { kind: 'escrow', ...escrow },
        proof: await client.getEscrowProof(escrow),
        trusted,
      });
      assert.equal(reserve.kind === 'escrow' && reserve.value?.amount, 2n * TOKEN);
    }));

  it('tells of epochs, consensus modules and settlements', () =>
    withNode(async client => {
      const { epoch } = await client.getCurrentEpoch();
      await client.advanceEpoch({ epochs: 2 });
      const first = await client.getEpoch({ epoch: epoch + 1 });
      const second = await client.getEpoch();
      assert.equal(second.epoch, epoch + 2);
      assert.equal(first.endHeight, second.startHeight - 1);
      assert.equal(second.endHeight, null);
      await rejectsWith(client.getEpoch({ epoch: epoch + 100 }), 'EPOCH_NOT_FOUND');
      const [consensus] = await client.listConsensus();
      assert.equal(consensus?.name, 'consensus-0');
      assert.equal(consensus?.status, 'active');
      assert.ok((consensus?.methods.length ?? 0) > 0);
      const settlement = await client.getSettlement({ id: 0, epoch });
      assert.deepEqual([settlement.calls, settlement.total, settlement.done], [0, 0n, true]);
      await rejectsWith(client.getSettlement({ id: 0, epoch: epoch + 100 }), 'EPOCH_NOT_CLOSED');
      await rejectsWith(client.getSettlement({ id: 99, epoch }), 'UNKNOWN_CONSENSUS');
      assert.equal((await client.getConsensusProof({ id: 0, key: '0x6d' })).value, null);
      await rejectsWith(client.getConsensusProof({ id: 99, key: '0x' }), 'UNKNOWN_CONSENSUS');
      const tooLong = `0x${'00'.repeat(257)}` as const;
      await rejectsWith(client.getConsensusProof({ id: 0, key: tooLong }), 'INVALID_PARAMS');
      await rejectsWith(client.queryConsensus({ id: 0, query: 'nothing' }), 'UNKNOWN_QUERY');
      await rejectsWith(client.queryConsensus({ id: 99, query: 'nothing' }), 'UNKNOWN_CONSENSUS');
      for (const { name } of consensus?.queries ?? [])
        await rejectsWith(
          client.queryConsensus({ id: 0, query: name, args: { nonsense: 1 } }),
          'INVALID_PARAMS',
        );
    }));

  it('gives money, makes blocks and changes the mode on a devnet', () =>
    withNode(async client => {
      await client.setBlockMode({ mode: { kind: 'manual' } });
      const { height } = await client.getHead();
      assert.equal((await client.mine({ blocks: 3 })).height, height + 3);
      await client.setBalance({ address: charlie.address, free: 42n });
      assert.equal((await client.getAccount({ address: charlie.address })).free, 42n);
      await client.mint({ address: charlie.address, amount: 8n });
      assert.equal((await client.getAccount({ address: charlie.address })).free, 50n);
      const mode = { kind: 'auto', emptyMs: 1_000 } as const;
      await client.setBlockMode({ mode });
      assert.deepEqual(await client.getBlockMode(), mode);
      await rejectsWith(client.mine({ blocks: 0 }), 'INVALID_PARAMS');
    }));

  it('puts time forward and goes back, and has accounts do what they did not sign', () =>
    withNode(async client => {
      assert.equal((await client.increaseTime({ ms: 90_000 })).ahead, 90_000);
      const call = { kind: 'transfer', to: charlie.address, amount: '11' } as const;
      assert.ok((await client.impersonate({ from: alice.address, call })).ok);
      const { name, height } = await client.snapshot({ name: 'here' });
      assert.deepEqual(await client.listSnapshots(), [{ name, height }]);
      assert.equal((await client.revert({ name })).to, height);
      assert.ok((await client.load({ file: (await client.dump()).file })).height > height);
    }));

  it('installs consensus modules on a devnet, and takes them back', () =>
    withNode(async client => {
      const { name, version } = consensus0.info;
      const codeHash = builtinCodeHash(consensus0);
      const wanted = { id: 9, name, version, codeHash };
      const { activeFrom } = await client.installConsensus({ ...wanted, epoch: 500 });
      assert.equal(activeFrom, 500);
      const pending = (await client.listConsensus()).find(({ id }) => id === 9);
      assert.deepEqual(
        [pending?.status, pending?.activeFrom, pending?.hasCode, pending?.kind],
        ['pending', 500, true, 'builtin'],
      );
      await client.cancelConsensus({ id: 9 });
      assert.equal((await client.listConsensus()).length, 1);
      await rejectsWith(client.cancelConsensus({ id: 9 }), 'DEV_FAILED');
      await rejectsWith(client.installConsensus({ ...wanted, id: 0 }), 'DEV_FAILED');
      await rejectsWith(client.installConsensus({ ...wanted, version: '9.9.9' }), 'NO_MECHANISM');
      await rejectsWith(client.installConsensus({ ...wanted, params: { surplus: 1 } }), 'INVALID_PARAMS');
    }));

  it('tells subscribers of blocks, transactions, epochs and settlements', () =>
    withNode(async client => {
      const seen: string[] = [];
      const stops = [
        await client.subscribeBlocks({ onBlock: () => seen.push('block') }),
        await client.subscribeTransactions({
          account: bob.address,
          onTransaction: ({ fee, kind, from }) => {
            assert.equal(typeof fee, 'bigint');
            assert.equal(from, alice.address);
            seen.push(kind);
          },
        }),
        await client.subscribeEpochs({ onEpoch: ({ kind }) => seen.push(kind) }),
      ];
      await client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 1n } });
      await client.send({ from: alice, call: { kind: 'transfer', to: charlie.account, amount: 1n } });
      await client.advanceEpoch();
      await client.advanceEpoch();
      const wanted = ['block', 'transfer', 'epoch', 'settlement'];
      while (!wanted.every(kind => seen.includes(kind))) await client.mine();
      assert.equal(seen.filter(kind => kind === 'transfer').length, 1);
      for (const stop of stops) await stop();
    }));

  it('lets those with stake decide', () =>
    withNode(async client => {
      const [{ validator } = { validator: '' }] = await client.getValidators();
      const target = { kind: 'validator', validator: toAccount(validator) } as const;
      await client.send({ from: alice, call: { kind: 'stake', target, amount: 150n * TOKEN } });
      await client.advanceEpoch();
      const seen: string[] = [];
      const stop = await client.subscribeProposals({
        onProposal: ({ kind, proposal }) => seen.push(`${kind} ${proposal}`),
      });
      const changes = [{ name: 'slashBps', value: 700n }] as const;
      const call = {
        kind: 'propose',
        title: 'more at stake',
        content: { kind: 'changeParameters', changes },
      } as const;
      await client.send({ from: bob, call });
      await client.send({ from: alice, call: { kind: 'vote', proposal: 0, choice: 'yes' } });
      const [open, ...others] = await client.listProposals({ open: true });
      assert.deepEqual(others, []);
      assert.deepEqual([open?.status, open?.verdict, open?.electorate], ['open', 'passed', 250n * TOKEN]);
      assert.deepEqual(open?.content, {
        kind: 'changeParameters',
        changes: [{ name: 'slashBps', value: '700' }],
      });
      const vote = { voter: alice.address, choice: 'yes', weight: 150n * TOKEN, isValidator: false };
      assert.deepEqual(await client.listVotes({ proposal: 0 }), [vote]);
      assert.deepEqual(await client.listVotes({ proposal: 0, voter: bob.address }), []);
      assert.deepEqual(await client.listVotes({ proposal: 0, after: alice.address }), []);
      await rejectsWith(client.listVotes({ proposal: 1 }), 'NO_SUCH_PROPOSAL');
      await client.advanceEpoch({ epochs: 2 });
      const { status, result, tally } = await client.getProposal({ proposal: 0 });
      assert.deepEqual([status, result?.burned, tally.yes], ['passed', 0n, 150n * TOKEN]);
      assert.deepEqual(await client.listProposals({ open: true }), []);
      assert.equal((await client.listProposals({ after: 0 })).length, 0);
      const slash = (await client.listParameters()).find(({ name }) => name === 'slashBps');
      assert.deepEqual(slash, { name: 'slashBps', value: 700n, min: 1n, max: 10_000n });
      const proof = await client.getProposalProof({ proposal: 0 });
      const trusted = { chainId: 'test-chain', validators: proof.validators };
      const proved = verifyProof({ subject: { kind: 'proposal', proposal: 0 }, proof, trusted });
      assert.equal(proved.kind === 'proposal' && proved.value?.result?.status, 'passed');
      while (!seen.includes('concluded 0')) await client.mine();
      assert.deepEqual(seen, ['proposed 0', 'voted 0', 'concluded 0']);
      await stop();
    }));

  it('answers faultily on purpose', () =>
    withNode(async client => {
      await client.request('dev_setRpcFaults', { errorRate: 100, methods: ['chain_head'] });
      await rejectsWith(client.getHead(), 'INJECTED_FAULT');
      assert.equal((await client.request('dev_rpcFaults', {})).counters.errors, 1);
    }));

  it('cuts a peer off and takes it back, and refuses rules that leave no network', () =>
    withNode(async client => {
      const [peer] = await client.getPeers();
      assert.ok(peer);
      const faults = (some: object) => ({ cut: false, latencyMs: 0, jitterMs: 0, lossPercent: 0, ...some });
      const set = (some: object) =>
        client.request('dev_setFaults', { rules: { seed: 3, peers: { [peer.id]: faults(some) } } });
      await set({ cut: true });
      const { rules, counters } = await client.request('dev_getFaults', {});
      assert.equal(rules.peers[peer.id]?.cut, true);
      assert.equal(counters.cut, 1);
      while ((await client.getPeers()).length > 0);
      await set({});
      while ((await client.getPeers()).length === 0);
      await rejectsWith(set({ lossPercent: 101 }), 'INVALID_PARAMS');
      await rejectsWith(set({ latencyMs: 1_500, jitterMs: 501 }), 'INVALID_PARAMS');
      await rejectsWith(set({ latencyMs: 0.5 }), 'INVALID_PARAMS');
    }, 2));

  it('proves to a light client what four validators agreed on', () =>
    withNode(async client => {
      const validators = await client.getValidators();
      assert.equal(validators.length, 4);
      await client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 1n } });
      const subject = { kind: 'account', address: alice.address } as const;
      const proof = await client.getAccountProof({ address: alice.address });
      const { value } = verifyProof({ subject, proof, trusted: { chainId: 'test-chain', validators } });
      assert.equal(value && 'nonce' in value && value.nonce, 1);
      assert.equal((await client.getPeers()).length, 3);
    }, 4));

  it('traces a transaction and the close of an epoch, and hands out raw blocks', () =>
    withNode(async client => {
      const { hash, height, fee } = await client.send({
        from: alice,
        call: { kind: 'transfer', to: bob.account, amount: 5n },
      });
      const trace = await client.request('consensus_trace', { transaction: hash });
      const [block] = trace.blocks;
      assert.equal(block?.height, height);
      assert.equal(block?.outcome?.fee, String(fee));
      const sender = block?.changes.find(
        ({ table, key }) => table === 'accounts' && String(key) === alice.address,
      );
      const [before, after] = [sender?.before, sender?.after] as { nonce: number; free: string }[];
      assert.equal(before?.nonce, 0);
      assert.equal(after?.nonce, 1);
      // The only validator earns the fee back on another account.
      assert.equal(BigInt(before?.free ?? 0) - BigInt(after?.free ?? 0), 5n + BigInt(fee));
      await client.advanceEpoch({ epochs: 2 });
      const close = await client.request('consensus_trace', { epoch: 0, consensus: 0 });
      assert.equal(close.blocks[0]?.closes[0]?.epoch, 0);
      assert.equal(close.blocks[0]?.steps[0]?.plugin, 'consensus-0@1.0.0');
      assert.ok((close.blocks[0]?.steps[0]?.reads.length ?? 0) > 0);
      const ask = (params: object) => client.request('consensus_trace', params);
      await rejectsWith(ask({}), 'INVALID_PARAMS');
      await rejectsWith(ask({ transaction: hash, epoch: 0 }), 'INVALID_PARAMS');
      await rejectsWith(ask({ transaction: `0x${'00'.repeat(32)}` }), 'UNKNOWN_TRANSACTION');
      await rejectsWith(ask({ epoch: 1_000 }), 'EPOCH_NOT_CLOSED');
      assert.deepEqual(await client.request('consensus_divergence', {}), []);
      const { genesis } = await client.request('chain_getGenesis', {});
      assert.equal(decode(Genesis, fromHex(genesis)).chainId, 'test-chain');
      const { blocks } = await client.request('chain_getRawBlocks', { from: 1, count: 2 });
      assert.deepEqual(
        blocks.map(({ block }) => decode(Block, fromHex(block)).header.height),
        [1, 2],
      );
    }));

  it('plugins', () =>
    withNode(async client => {
      assert.deepEqual(await client.request('plugin_list', {}), []);
      await rejectsWith(client.request('dev_pluginReload', {}), 'NO_PLUGINS');
      await rejectsWith(client.request('dev_pluginReload', { name: 'nobody' }), 'NO_PLUGINS');
      await rejectsWith(client.request('dev_pluginRelease', { name: 'nobody' }), 'UNKNOWN_PLUGIN');
    }));

  it('left out no method', () => {
    const elsewhere = [...METHODS.keys()].filter(name => /_(un)?subscribe$/.test(name));
    const missing = [...METHODS.keys()].filter(name => !asked.has(name) && !elsewhere.includes(name));
    assert.deepEqual(missing, []);
  });
});
