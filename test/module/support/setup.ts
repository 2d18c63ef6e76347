import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, keyPairFromUri } from '../../../chain/index.ts';
import {
  AUTH_HEADER,
  type CallHeader,
  canonicalJson,
  encodeBlob,
  headerText,
  type ModuleDefinition,
  type ModuleServer,
  type ServeOptions,
  serveModule,
  signText,
  textHash,
} from '../../../module/index.ts';
import { CHAIN_ID, type FakeChain, fakeChain } from './fakeChain.ts';

export const ALICE = keyPairFromUri('//Alice');
export const BOB = keyPairFromUri('//Bob');
export const SERVER = keyPairFromUri('//Server');
export const PRICE = 100n;

/** Runs after each test, newest first. */
const cleanups: (() => Promise<unknown>)[] = [];
export const onEnd = (cleanup: () => Promise<unknown>): void => void cleanups.push(cleanup);
export async function cleanUp(): Promise<void> {
  for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) await next();
}

export async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'devnet-module-'));
  onEnd(() => rm(path, { recursive: true, force: true }));
  return path;
}

export const FUNCTIONS: ModuleDefinition['functions'] = {
  echo: { price: PRICE, run: params => ({ echo: params }) },
  free: { price: 0n, run: () => 'free' },
  fails: { price: PRICE, run: () => Promise.reject(new Error('no luck')) },
};

export interface Setup {
  readonly fake: FakeChain;
  readonly server: ModuleServer;
  readonly dir: string;
}

/** A served module, registered on a fake chain, with a reserve of 1,000 from alice and bob. */
export async function setUp(
  options: Partial<ServeOptions> & { readonly fake?: FakeChain | undefined } = {},
): Promise<Setup> {
  const fake = options.fake ?? fakeChain();
  const dir = options.dir ?? (await directory());
  const functions = options.functions ?? FUNCTIONS;
  const prices = Object.fromEntries(Object.entries(functions).map(([fn, { price }]) => [fn, price]));
  const key = options.key ?? SERVER;
  // Registered before it serves, so that the prices are known at once; the URL follows when the port is known.
  const record = { alias: 'echo', address: key.address, url: '', prices };
  fake.setModule(record);
  const server = await serveModule({ client: fake.chain, dir, ...options, key, functions });
  fake.setUrl(record.address, server.url);
  onEnd(() => server.stop());
  for (const client of [ALICE, BOB]) fake.setReserve(client.address, key.address, 1000n);
  return { fake, server, dir };
}

export const headerOf = (change: Partial<CallHeader> = {}, params: object = {}): CallHeader => ({
  chain: CHAIN_ID,
  server: SERVER.account,
  client: ALICE.account,
  fn: 'echo',
  paramsHash: textHash(canonicalJson(params)),
  time: Date.now(),
  epoch: 5,
  nonce: 1,
  maxUsage: PRICE,
  tally: null,
  ...change,
});

export const authOf = (header: CallHeader, key: KeyPair = ALICE): string =>
  encodeBlob(signText('header', headerText(header), key));

export interface RawAnswer {
  readonly status: number;
  readonly error: string | undefined;
  readonly json: unknown;
  readonly receipt: string | null;
}

export async function post(url: string, body: string, headers: Record<string, string>): Promise<RawAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  const json = (await response.json()) as { error?: { name?: string } } | null;
  return {
    status: response.status,
    error: json?.error?.name,
    json,
    receipt: response.headers.get('module-receipt'),
  };
}

/** A call signed by hand. */
export const callRaw = (
  server: ModuleServer,
  change: Partial<CallHeader> = {},
  params: object = {},
  key: KeyPair = ALICE,
): Promise<RawAnswer> =>
  post(`${server.url}/${change.fn ?? 'echo'}`, canonicalJson(params), {
    [AUTH_HEADER]: authOf(headerOf({ client: key.account, ...change }, params), key),
  });
