/** Four validators as real processes, and what is known about each of them over all its lives. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Genesis, type KeyPair, keyPairFromUri } from '../../chain/index.ts';
import { type Account, encode, toHex } from '../../consensus/interface/index.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import { loadMechanisms } from '../../node/mechanisms.ts';
import type { NodeOptions } from '../../node/options.ts';
import { createRunner } from '../../node/plugins/runner.ts';
import { peerIdOfSeed } from '../../p2p/libp2p.ts';
import { AUTHORITY, testGenesis, validatorUri } from '../node/support/cluster.ts';
import { ROOT } from '../tidy/sources.ts';
import { freePort } from './ports.ts';
import { type Child, startChild } from './processes.ts';
import { type Chain, copyStore, type Findings, inspect, type Ledger } from './remains.ts';
import { startWitness, type Witness } from './witness.ts';

export const VALIDATORS = 4;
const NODE = join(ROOT, 'dist/node.cjs');
/** Nobody recovers as slowly as this, in milliseconds. */
const RECOVERY = 90_000;

export interface Validator {
  readonly index: number;
  readonly account: Account;
  readonly client: Client;
  readonly url: string;
  /** Null while it is dead. */
  child: Child | null;
  /** Times it was started. */
  lives: number;
  /** The last height that its disk was seen to hold. */
  inspected: number;
  /** The highest block in which it said that a transaction is final. */
  promised: number;
}

export interface Cluster {
  readonly chain: Chain;
  readonly validators: readonly Validator[];
  readonly witness: Witness;
  readonly ledger: Ledger;
  /** Resolves when it said that it is ready; milliseconds since its start. */
  start(index: number): Promise<number>;
  /** SIGKILL to all of them at once; resolves when they are gone. Their disks are inspected on the way. */
  kill(victims: readonly number[]): Promise<void>;
  /** Resolves when all have committed a block that none had. */
  advanced(): Promise<void>;
  /** Resolves when the disks of all that were killed are inspected; rejects with what is wrong. */
  inspected(): Promise<void>;
  /** One that lives, from the given index on. Throws when the run is over. */
  alive(from: number): Validator;
  /** Rejects when a node ends that nobody has killed; never resolves. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

export async function startCluster(
  directory: string,
  accounts: readonly KeyPair[],
  epochLength: number,
): Promise<Cluster> {
  const genesis = testGenesis({ validators: VALIDATORS, epochLength, accounts });
  const chain = { genesis, runner: createRunner(loadMechanisms(genesis)) };
  const indices = Array.from({ length: VALIDATORS }, (_, index) => index);
  const ports = await Promise.all(
    indices.map(async () => ({ p2p: await freePort(), rpc: await freePort() })),
  );
  const validators = indices.map(index => newValidator(index, ports[index]?.rpc ?? 0));
  const identities = new Map(
    indices.map(index => [peerIdOfSeed(seedOf(index)), validators[index]?.account ?? '0x']),
  );
  const witness = await startWitness(genesis, identities);
  const ledger: Ledger = new Map();
  const looks: Promise<void>[] = [];
  const one = (index: number): Validator => {
    const validator = validators[index];
    if (validator === undefined) throw new RangeError(`there is no validator ${index}`);
    return validator;
  };
  const home = (index: number): string => join(directory, `node-${index}`);

  for (const index of indices) {
    mkdirSync(home(index), { recursive: true });
    const peers = indices.flatMap(other =>
      other === index ? [] : [`/ip4/127.0.0.1/tcp/${ports[other]?.p2p}`],
    );
    const options: NodeOptions = {
      name: `node-${index}`,
      dir: home(index),
      genesis: toHex(encode(Genesis, genesis)),
      validator: validatorUri(index),
      devAuthority: AUTHORITY,
      p2p: {
        seed: toHex(seedOf(index)),
        host: '127.0.0.1',
        port: ports[index]?.p2p ?? 0,
        peers: [...peers, witness.address],
      },
      rpc: { host: '127.0.0.1', port: ports[index]?.rpc ?? 0 },
      blockMode: { kind: 'auto', emptyMs: 250 },
      logLevel: 'info',
    };
    writeFileSync(join(home(index), 'options.json'), JSON.stringify(options));
  }

  let stopped = false;
  let fail: (error: unknown) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  broken.catch((error: unknown) => error);

  /** Takes the process out of the validator's hands, so that its end is nobody's surprise. */
  function killOne(validator: Validator): Promise<void> | undefined {
    const { child } = validator;
    validator.child = null;
    return child?.kill();
  }

  async function start(index: number): Promise<number> {
    const began = performance.now();
    const validator = one(index);
    validator.child = startChild([NODE, join(home(index), 'options.json')], join(home(index), 'node.log'));
    validator.lives++;
    const { child } = validator;
    child.exited.then(() => {
      if (validator.child === child)
        fail(new Error(`node ${index} ended by itself: ${home(index)}/node.log`));
    }, fail);
    await child.ready;
    return performance.now() - began;
  }

  async function look(validator: Validator, copy: string, least: number, signed: number): Promise<void> {
    const found = await inspect(copy, chain, ledger, validator.inspected);
    holdAgainst(validator, found, least, signed, witness);
    validator.inspected = found.height;
    // What is in order need not be kept; what is not stays for whoever looks into it.
    rmSync(copy, { recursive: true });
  }

  return {
    chain,
    validators,
    witness,
    ledger,
    start,
    async kill(victims) {
      const dying = victims.map(one).filter(({ child }) => child !== null);
      const gone = dying.map(killOne);
      // What they had said until then must be on their disks.
      const least = dying.map(({ account, promised }) => Math.max(promised, witness.committed(account)));
      const signed = dying.map(({ account }) => witness.signedHeight(account));
      await Promise.all(gone);
      for (const [at, validator] of dying.entries()) {
        const copy = join(directory, `remains-${validator.index}-${validator.lives}`);
        copyStore(join(home(validator.index), 'store'), copy);
        const looking = look(validator, copy, least[at] ?? 0, signed[at] ?? 0);
        looking.catch((error: unknown) => error);
        looks.push(looking);
      }
    },
    async inspected() {
      await Promise.all(looks.splice(0));
    },
    async advanced() {
      const target = Math.max(...validators.map(({ account }) => witness.committed(account))) + 1;
      const behind = (): boolean => validators.some(({ account }) => witness.committed(account) < target);
      if (!behind()) return;
      await within(
        RECOVERY,
        `height ${target} everywhere`,
        witness.until(() => !behind()),
      );
    },
    broken,
    alive(from) {
      if (stopped) throw new Error('the run is over');
      const order = indices.map(at => one((from + at) % VALIDATORS));
      return order.find(({ child }) => child !== null) ?? one(from % VALIDATORS);
    },
    async stop() {
      stopped = true;
      await Promise.all(validators.map(killOne));
      for (const { client } of validators) client.close();
      await witness.stop();
    },
  };
}

const seedOf = (index: number): Uint8Array => new Uint8Array(32).fill(0x10 + index);

function newValidator(index: number, port: number): Validator {
  const url = `http://127.0.0.1:${port}`;
  return {
    index,
    account: keyPairFromUri(validatorUri(index), 'ed25519').account,
    client: createClient(url),
    url,
    child: null,
    lives: 0,
    inspected: 0,
    promised: 0,
  };
}

/** Nothing that a validator has told to anybody may be missing on its disk. */
function holdAgainst(
  { index, account }: Validator,
  { height, record }: Findings,
  least: number,
  signed: number,
  witness: Witness,
): void {
  if (height < least)
    throw new Error(`node ${index} had committed block ${least}, and its disk ends at ${height}`);
  if (record === null) {
    if (signed > 0) throw new Error(`node ${index} signed for height ${signed}, and has no record of it`);
    return;
  }
  if (record.height < signed)
    throw new Error(
      `node ${index} signed for height ${signed}, and its record is of height ${record.height}`,
    );
  if (record.validator !== account) throw new Error(`node ${index} holds the record of ${record.validator}`);
  witness.takeRecord(record);
}

/** Fails with a sentence instead of waiting for ever. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
