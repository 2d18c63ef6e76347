import assert from 'node:assert/strict';
import { blockHash, verifyCommit } from '../../chain/index.ts';
import { createEngine, type EngineOptions, type OrderingEngine } from '../../node/ordering/index.ts';
import { CHAIN_ID, type Committed, createTestApplication, type TestApplication } from './application.ts';
import {
  createCluster,
  memoryRecords,
  realClock,
  silentLog,
  testValidators,
  testVerifier,
} from './cluster.ts';

describe('ordering: a single validator', () => {
  const { validators, keys } = testValidators([1]);
  const [key] = keys;
  let engine: OrderingEngine | null = null;

  function setup(chain: Committed[], records = memoryRecords(), options: Partial<EngineOptions> = {}) {
    const application = createTestApplication({ validators: () => validators, chain });
    const fatal: Error[] = [];
    engine = createEngine('instant', {
      chainId: CHAIN_ID,
      application,
      transport: { broadcast() {}, send() {}, penalise() {} },
      records,
      signer: key === undefined ? null : { validator: key.account, sign: key.sign },
      verifier: testVerifier,
      clock: realClock,
      mode: { kind: 'manual' },
      hasWork: () => application.pool.length > 0,
      onBehind: () => {},
      onEvidence: () => {},
      decided: async height => chain[height - 1] ?? null,
      onFatal: error => fatal.push(error),
      log: silentLog,
      ...options,
    });
    return { application, records, engine, fatal };
  }

  const reached = (application: TestApplication, height: number): Promise<void> =>
    new Promise(resolve => {
      if (application.chain.length >= height) resolve();
      application.onCommit(committed => committed === height && resolve());
    });

  afterEach(() => engine?.stop());

  it('certifies its blocks like many validators do', async () => {
    const chain: Committed[] = [];
    const { application, engine } = setup(chain);
    await engine.start();
    engine.mineUntil(5);
    await reached(application, 5);
    for (const { block, certificate } of chain) {
      const named = { height: block.header.height, hash: blockHash(block.header) };
      verifyCommit(certificate, named, validators, CHAIN_ID);
    }
    assert.deepEqual(chain[4]?.block.lastCommit, chain[3]?.certificate);
  });

  it('makes a block as soon as there is work', async () => {
    const chain: Committed[] = [];
    const { application, engine } = setup(chain, memoryRecords(), {
      mode: { kind: 'auto', emptyMs: 60_000 },
    });
    await engine.start();
    await reached(application, 1);
    application.pool.push(Uint8Array.of(1));
    engine.wake();
    await reached(application, 2);
    assert.equal(chain[1]?.block.transactions.length, 1);
  });

  it('commits after a crash the block that it had signed, and signs no other for its height', async () => {
    const chain: Committed[] = [];
    const records = memoryRecords();
    const first = setup(chain, records);
    first.application.finalizeBlock = () => Promise.reject(new Error('killed'));
    await first.engine.start();
    while (first.fatal.length === 0) await new Promise(resolve => setImmediate(resolve));
    assert.equal(chain.length, 0);
    const second = setup(chain, records);
    second.application.pool.push(Uint8Array.of(1));
    await second.engine.start();
    assert.equal(chain.length, 1);
    assert.equal(chain[0]?.block.transactions.length, 0, 'the block from before the crash');
    assert.ok(!second.application.calls.includes('prepare 1'));
  });

  it('refuses to start without the power to decide, with a lost certificate or lost blocks', async () => {
    await assert.rejects(setup([], memoryRecords(), { signer: null }).engine.start(), {
      code: 'NOT_A_VALIDATOR',
    });
    const chain: Committed[] = [];
    const { application, engine, records } = setup(chain);
    await engine.start();
    engine.mineUntil(2);
    await reached(application, 2);
    await engine.stop();
    const uncertified = setup(chain, memoryRecords(), { decided: async () => null });
    await assert.rejects(uncertified.engine.start(), { code: 'NO_CERTIFICATE' });
    await assert.rejects(setup([], records).engine.start(), { code: 'BAD_RECORD' });
  });

  it('keeps a node that follows up to date, on every block', async () => {
    const cluster = createCluster({ powers: [1], followers: 1 });
    await cluster.start();
    cluster.nodes[0]?.engine.mineUntil(3);
    await cluster.reached(3);
    await cluster.stop();
    assert.deepEqual(cluster.nodes[1]?.fatal, []);
  });
});
