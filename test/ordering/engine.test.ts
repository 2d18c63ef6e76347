import assert from 'node:assert/strict';
import { blockHash, verifyCommit } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { decodeMessage, encodeMessage, type OrderingMessage } from '../../node/ordering/messages.ts';
import { SignRecord } from '../../node/ordering/tendermint/record.ts';
import type { Clock } from '../../node/ordering/types.ts';
import { CHAIN_ID } from './application.ts';
import { createCluster, type TestCluster, type TestClusterOptions } from './cluster.ts';

describe('ordering: engines over a transport', () => {
  let running: TestCluster | null = null;

  async function started(options?: TestClusterOptions): Promise<TestCluster> {
    running = createCluster(options);
    await running.start();
    // The first block is made at once in every mode.
    await running.reached(1);
    return running;
  }

  const soon = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

  afterEach(async () => {
    await running?.stop();
    running = null;
  });

  function agree({ nodes, validators }: TestCluster, height: number): void {
    const chains = nodes.map(({ chain }) =>
      chain.slice(0, height).map(({ block }) => blockHash(block.header)),
    );
    for (const chain of chains) assert.deepEqual(chain, chains[0]);
    for (const { chain } of nodes)
      for (const { block, certificate } of chain.slice(0, height)) {
        const named = { height: block.header.height, hash: blockHash(block.header) };
        verifyCommit(certificate, named, validators, CHAIN_ID);
      }
  }

  it('commits the same blocks on four nodes, and every certificate verifies', async () => {
    const cluster = await started();
    cluster.nodes[0]?.engine.mineUntil(12);
    await cluster.reached(12);
    agree(cluster, 12);
    const proposers = new Set(cluster.nodes[0]?.chain.map(({ block }) => block.header.proposer));
    assert.equal(proposers.size, 4, 'everyone had a turn');
    for (const { penalties, fatal } of cluster.nodes) assert.deepEqual([penalties, fatal], [[], []]);
  });

  it('makes its first block as soon as the nodes are connected, before anybody repeats itself', async () => {
    const long = 600_000;
    const timeouts = {
      propose: long,
      prevote: long,
      precommit: long,
      retransmit: long,
      growth: 0,
      cap: long,
    };
    running = createCluster({ options: { timeouts } });
    running.partition([0], [1], [2], [3]);
    await running.start();
    while (!running.nodes.some(({ engine }) => engine.status().step === 'prevote')) await soon();
    running.partition();
    for (const { engine } of running.nodes) engine.greet();
    await running.reached(1);
    agree(running, 1);
  });

  it('says nothing again for peers that come later, and once for many that come together', async () => {
    let timers = 0;
    const clock: Clock = {
      now: Date.now,
      after(ms, run) {
        timers++;
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    };
    running = createCluster({ options: { clock } });
    const greeted = (): number => {
      const before = timers;
      for (let times = 0; times < 100; times++) running?.nodes[0]?.engine.greet();
      return timers - before;
    };
    await running.start();
    assert.equal(greeted(), 1);
    await running.reached(1);
    await soon();
    assert.equal(greeted(), 0);
  });

  it('stops mining at the height that was named', async () => {
    const cluster = await started();
    cluster.nodes[1]?.engine.mineUntil(2);
    await cluster.reached(2);
    cluster.nodes[2]?.engine.mineUntil(3);
    await cluster.reached(3);
    const waiting = { height: 4, round: 0, step: 'waiting' };
    while (cluster.nodes.some(({ engine }) => engine.status().height < 4)) await soon();
    assert.deepEqual(
      cluster.nodes.map(({ engine }) => engine.status()),
      cluster.nodes.map(() => waiting),
    );
  });

  it('makes a block as soon as there is work, and goes on while there is more', async () => {
    const cluster = await started({ mode: { kind: 'auto', emptyMs: 60_000 } });
    const transactions = Array.from({ length: 150 }, (_, index) => Uint8Array.of(index, 7));
    for (const { application, engine } of cluster.nodes) {
      application.pool.push(...transactions);
      engine.wake();
    }
    await cluster.reached(3);
    agree(cluster, 3);
    assert.deepEqual(
      cluster.nodes[3]?.chain.map(({ block }) => block.transactions.length),
      [0, 100, 50],
    );
  });

  it('makes empty blocks on an interval', async () => {
    const cluster = await started({ mode: { kind: 'interval', ms: 30 } });
    const from = Date.now();
    await cluster.reached(4);
    assert.ok(Date.now() - from >= 60, 'not faster than the interval');
    agree(cluster, 4);
  });

  it('goes on without one of four, and does not go on without two', async () => {
    const cluster = await started();
    await cluster.crash(0);
    for (const { engine } of cluster.nodes.slice(1)) engine.mineUntil(5);
    await cluster.reached(5, [1, 2, 3]);
    cluster.partition([1, 2], [0, 3]);
    for (const { engine } of cluster.nodes.slice(1)) engine.mineUntil(7);
    await new Promise(resolve => setTimeout(resolve, 300));
    assert.ok(cluster.nodes.every(({ chain }) => chain.length < 7));
    cluster.partition();
    await cluster.reached(7, [1, 2, 3]);
  });

  it('gives a node that was away the certificate and the block, and tells it to look for more', async () => {
    const cluster = await started();
    await cluster.crash(2);
    for (const { engine } of cluster.nodes) engine.mineUntil(3);
    await cluster.reached(3, [0, 1, 3]);
    await cluster.restart(2);
    await cluster.reached(3);
    agree(cluster, 3);
    const far: OrderingMessage = { kind: 'status', height: 50, round: null, mineUntil: 0 };
    cluster.nodes[2]?.engine.receive('far ahead', encodeMessage(far));
    assert.equal(cluster.nodes[2]?.behind.at(-1), 49, 'block sync is told how far the peer has come');
  });

  it('carries on after all nodes were restarted at once in the middle of a round', async () => {
    const cluster = await started();
    // Nobody hears a precommit: all stand in a round with their votes signed.
    cluster.filter = (_from, _to, message) => {
      const decoded = decodeMessage(message);
      return decoded.kind !== 'vote' || decoded.vote.kind !== 'precommit';
    };
    cluster.nodes[0]?.engine.mineUntil(2);
    const recordAt = (index: number) =>
      decode(SignRecord, cluster.nodes[index]?.records.raw ?? new Uint8Array());
    while (
      cluster.nodes.some(({ index }) => recordAt(index).height < 2 || recordAt(index).precommit === null)
    )
      await soon();
    const signed = cluster.nodes.map(({ index }) => recordAt(index));
    for (const { index } of cluster.nodes) await cluster.crash(index);
    cluster.filter = () => true;
    const prepared = cluster.nodes.flatMap(({ application }) =>
      application.calls.filter(call => call === 'prepare 2'),
    );
    assert.equal(prepared.length, 1);
    await Promise.all(cluster.nodes.map(({ index }) => cluster.restart(index)));
    await cluster.reached(2);
    agree(cluster, 2);
    const hash = blockHash(cluster.nodes[0]?.chain[1]?.block.header ?? assert.fail());
    for (const record of signed)
      assert.equal(record.precommit?.blockHash, hash, 'what was signed is what was decided');
    for (const { application } of cluster.nodes)
      assert.ok(!application.calls.includes('prepare 2'), 'no application was asked for a second proposal');
  });

  it('votes nil for a block that its application refuses, and commits another one', async () => {
    let refused = 0;
    const cluster = await started({
      judge: block => {
        if (block.transactions.length === 0) return { ok: true };
        refused++;
        return { ok: false, code: 'TEST', reason: 'no transactions here' };
      },
    });
    const turn = cluster.validators[2]?.validator;
    const proposer = cluster.nodes.find(({ key }) => key.account === turn);
    proposer?.application.pool.push(Uint8Array.of(1));
    cluster.nodes[0]?.engine.mineUntil(2);
    await cluster.reached(2);
    assert.ok(refused >= 3);
    assert.equal(cluster.nodes[0]?.chain[1]?.certificate.round, 1);
  });

  it('follows without a vote where the node is no validator', async () => {
    const cluster = await started({ followers: 1 });
    cluster.nodes[0]?.engine.mineUntil(4);
    await cluster.reached(4);
    agree(cluster, 4);
    assert.equal(cluster.nodes[4]?.records.saves, 0);
  });

  it('works with weights: more than two thirds of the power decide', async () => {
    const cluster = await started({ powers: [5, 1, 1, 1] });
    const heavy = 0;
    await cluster.crash(heavy === 0 ? 3 : 0);
    cluster.nodes[0]?.engine.mineUntil(3);
    await cluster.reached(3, [0, 1, 2]);
    assert.ok(cluster.nodes[0]?.chain.every(({ certificate }) => certificate.signatures.length >= 2));
  });

  it('stands aside while blocks come from elsewhere, and votes on the height after them', async () => {
    const source = await started();
    source.nodes[0]?.engine.mineUntil(3);
    await source.reached(3);
    const blocks = source.nodes[0]?.chain ?? [];
    await source.stop();
    const cluster = createCluster();
    running = cluster;
    cluster.partition([0], [1], [2], [3]);
    await cluster.start();
    for (const { engine, application, records } of cluster.nodes)
      await engine.catchUp(async () => {
        const [calls, saves] = [application.calls.length, records.saves];
        engine.mineUntil(4);
        for (let turn = 0; turn < 50; turn++) await soon();
        assert.equal(engine.status().step, 'syncing');
        assert.deepEqual(
          [application.calls.length, records.saves],
          [calls, saves],
          'nothing is asked or signed',
        );
        await assert.rejects(
          engine.catchUp(async () => assert.fail()),
          { code: 'STOPPED' },
        );
        for (const { block, certificate } of blocks) {
          await application.finalizeBlock(block, certificate);
          await application.commit();
        }
      });
    cluster.partition();
    await cluster.reached(4);
    agree(cluster, 4);
  });

  it('stops loudly when catching up fails', async () => {
    const cluster = await started();
    const { engine, fatal } = cluster.nodes[0] ?? assert.fail();
    await assert.rejects(
      engine.catchUp(async () => {
        throw new Error('disk full');
      }),
      { message: 'disk full' },
    );
    assert.deepEqual(
      fatal.map(({ message }) => message),
      ['disk full'],
    );
  });

  it('stops loudly when the application fails, and says so once', async () => {
    const cluster = await started();
    const broken = cluster.nodes[1] ?? assert.fail();
    broken.application.finalizeBlock = async () => {
      throw new Error('disk full');
    };
    cluster.nodes[0]?.engine.mineUntil(3);
    await cluster.reached(3, [0, 2, 3]);
    assert.deepEqual(
      broken.fatal.map(({ message }) => message),
      ['disk full'],
    );
    assert.equal(broken.chain.length, 1);
  });

  it('stops when the record cannot be written: nothing is sent that is not on disk', async () => {
    const cluster = await started();
    const broken = cluster.nodes[1] ?? assert.fail();
    const sent: string[] = [];
    broken.records.save = async () => {
      throw new Error('read-only');
    };
    cluster.filter = (from, _to, message) => {
      const { kind } = decodeMessage(message);
      if (from === 1 && kind !== 'status') sent.push(kind);
      return true;
    };
    cluster.nodes[0]?.engine.mineUntil(3);
    await cluster.reached(3, [0, 2, 3]);
    assert.deepEqual(sent, []);
    assert.equal(broken.fatal.length, 1);
  });

  it('refuses to start with a record of another chain, another key, or damaged bytes', async () => {
    const cluster = await started();
    cluster.nodes[0]?.engine.mineUntil(1);
    await cluster.reached(1);
    const raw = cluster.nodes[0]?.records.raw ?? assert.fail();
    const record = decode(SignRecord, raw);
    const wrong = [
      encode(SignRecord, { ...record, chainId: 'other' }),
      encode(SignRecord, { ...record, validator: `0x${'22'.repeat(32)}` }),
      raw.subarray(1),
    ];
    for (const bytes of wrong) {
      const other = createCluster();
      const node = other.nodes[0] ?? assert.fail();
      node.records.raw = bytes;
      await assert.rejects(node.engine.start(), { code: 'BAD_RECORD' });
    }
  });

  it('does not sign at heights that it may have signed before its blocks were lost', async () => {
    const cluster = await started();
    cluster.nodes[0]?.engine.mineUntil(3);
    await cluster.reached(3);
    await cluster.crash(0);
    const lost = cluster.nodes[0] ?? assert.fail();
    const signed: number[] = [];
    cluster.filter = (from, _to, message) => {
      const decoded = decodeMessage(message);
      if (from === 0 && decoded.kind === 'vote') signed.push(decoded.vote.height);
      return true;
    };
    lost.chain.splice(1);
    await cluster.restart(0);
    await cluster.reached(3);
    assert.ok(!signed.includes(2), 'height 2 is before the record of height 3');
    cluster.nodes[0]?.engine.mineUntil(5);
    await cluster.reached(5);
    agree(cluster, 5);
    assert.ok(signed.includes(5), 'past the record it votes again');
  });

  it('penalises what no honest node sends', async () => {
    const cluster = await started();
    while (cluster.nodes[0]?.engine.status().height === 1) await soon();
    const node = cluster.nodes[0] ?? assert.fail();
    const stranger = `0x${'33'.repeat(32)}` as const;
    const signature = new Uint8Array(65).fill(2);
    const validator = cluster.validators[0]?.validator ?? assert.fail();
    const vote = { kind: 'prevote', height: 2, round: 0, blockHash: null, validator, signature } as const;
    const send = (raw: Uint8Array): void => node.engine.receive('liar', raw);
    send(Uint8Array.of(1, 2, 3));
    send(encodeMessage({ kind: 'vote', vote: { ...vote, validator: stranger } }));
    send(encodeMessage({ kind: 'vote', vote: { ...vote, signature: new Uint8Array(65).fill(1) } }));
    send(encodeMessage({ kind: 'vote', vote }));
    const certificate = { height: 2, round: 0, blockHash: stranger, signatures: [{ validator, signature }] };
    send(encodeMessage({ kind: 'polka', certificate, block: new Uint8Array() }));
    const proposal = {
      height: 2,
      round: 0,
      validRound: null,
      blockHash: stranger,
      proposer: stranger,
      signature,
    };
    send(encodeMessage({ kind: 'proposal', proposal, polka: null, block: new Uint8Array() }));
    while (node.penalties.length < 6) await soon();
    assert.deepEqual(node.penalties.map(({ points }) => points).sort(), [25, 25, 25, 25, 25, 50]);
    assert.ok(node.penalties.every(({ peer, reason }) => peer === 'liar' && reason.length > 10));
    assert.deepEqual(node.fatal, []);
  });
});
