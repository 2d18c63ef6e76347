/** Calling modules with a budget, and keeping the evidence (spec section 4). */
import type { KeyPair } from '../../chain/index.ts';
import type { Amount } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';
import { ModuleError } from '../errors.ts';
import {
  AUTH_HEADER,
  type CallHeader,
  type CallReceipt,
  canonicalJson,
  encodeBlob,
  headerText,
  type Json,
  type SignedText,
  signText,
  textHash,
} from '../protocol/index.ts';
import { type EpochAccount, openAccount } from './account.ts';
import { type Answer, CallRefused, readAnswer } from './answer.ts';
import { type AuditRow, audit } from './audit.ts';
import { fetchText } from './http.ts';
import { type CallStore, directoryStore, memoryStore, type SentCallAt } from './store.ts';
import { findTarget, type Target } from './target.ts';

export interface ModuleClientOptions {
  readonly key: KeyPair;
  /** A client of a node: `createClient(url)`. */
  readonly client: Chain;
  /** Keeps nonces and receipts there; in memory only when absent. One client at a time can use it. */
  readonly dir?: string | undefined;
  /** Base units. */
  readonly budget?:
    | { readonly perCall?: Amount | undefined; readonly perEpoch?: Amount | undefined }
    | undefined;
  /** Milliseconds to wait for an answer; 60,000 when absent. */
  readonly timeoutMs?: number | undefined;
}

export interface CallOptions {
  /** Most that this call may cost, in base units; the price that the chain knows when absent. */
  readonly maxUsage?: Amount | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface CallResult {
  readonly result: Json;
  /** Base units. */
  readonly cost: Amount;
  readonly receipt: CallReceipt;
}

export interface ModuleClient {
  /**
   * Calls a function of a module: by alias, id, address or URL. Rejects with {@link CallRefused} if the module says
   * no, which costs nothing, and with ModuleError OVER_BUDGET, TARGET_INVALID, UNREACHABLE (not sent), TIMEOUT, LOST,
   * BAD_RESPONSE or BAD_RECEIPT (it may have been served, so its max_usage stays set aside in this epoch's budget).
   */
  call(target: string | number, fn: string, params?: object, options?: CallOptions): Promise<CallResult>;
  /** All calls that are remembered, with their headers, receipts and signatures. */
  receipts(): Promise<SentCallAt[]>;
  /** Compares this client's receipts of an epoch with what the chain settled for it. */
  audit(epoch: number): Promise<AuditRow[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** An epoch takes longer than this, and a wrong one costs a refusal and a second try. */
const EPOCH_MS = 250;
const TARGET_MS = 10_000;
/** Epochs may pass, and concurrent calls overtake one another, while a call is on its way. */
const TRIES = 8;

/**
 * A client of modules.
 *
 * @example
 * const modules = await createModuleClient({ key, client: createClient('http://127.0.0.1:8700') });
 * const { result, cost } = await modules.call('greeter', 'hello', { name: 'Ada' });
 */
export async function createModuleClient(options: ModuleClientOptions): Promise<ModuleClient> {
  const { key, client: chain, budget = {} } = options;
  const [{ chainId }, { epoch: born }] = await Promise.all([chain.getNodeInfo(), chain.getCurrentEpoch()]);
  const store =
    options.dir === undefined
      ? memoryStore()
      : await directoryStore(options.dir, `${chainId} ${key.address}`);
  const epochNow = remembered(EPOCH_MS, async () => (await chain.getCurrentEpoch()).epoch);
  const targets = new Map<string | number, Remembered<Target>>();
  const accounts = new Map<number, Promise<EpochAccount>>();

  function targetOf(target: string | number, timeoutMs: number): Promise<Target> {
    const known = targets.get(target) ?? remembered(TARGET_MS, () => findTarget(chain, target, timeoutMs));
    targets.set(target, known);
    return known.get();
  }

  function accountOf(epoch: number): Promise<EpochAccount> {
    const known = accounts.get(epoch) ?? openAccount(store, epoch, store.durable || epoch > born);
    accounts.set(epoch, known);
    for (const old of accounts.keys()) if (old < epoch - 2) accounts.delete(old);
    return known;
  }

  async function call(
    target: string | number,
    fn: string,
    params: object = {},
    { maxUsage, timeoutMs = options.timeoutMs ?? TIMEOUT_MS }: CallOptions = {},
  ): Promise<CallResult> {
    const found = await targetOf(target, timeoutMs);
    const body = canonicalJson(params);
    const most = maxUsage ?? found.prices.get(fn) ?? 0n;
    if (budget.perCall !== undefined && most > budget.perCall)
      throw overBudget('per call', most, budget.perCall);
    for (let left = TRIES; ; left--) {
      const epoch = await epochNow.get();
      const account = await accountOf(epoch);
      if (budget.perEpoch !== undefined && account.spent() + most > budget.perEpoch)
        throw overBudget('per epoch', account.spent() + most, budget.perEpoch);
      const { nonce, tally } = account.begin(found.account, most);
      const header: CallHeader = {
        chain: chainId,
        server: found.account,
        client: key.account,
        fn,
        paramsHash: textHash(body),
        time: Date.now(),
        epoch,
        nonce,
        maxUsage: most,
        tally,
      };
      const signed = signText('header', headerText(header), key);
      try {
        const answer = await exchange({ store, account, target: found, header, signed, body, timeoutMs });
        return { result: answer.result, cost: answer.receipt.cost, receipt: answer.receipt };
      } catch (error) {
        if (error instanceof ModuleError && error.code === 'UNREACHABLE') targets.delete(target);
        if (left <= 1 || !(error instanceof CallRefused)) throw error;
        if (error.name === 'WRONG_EPOCH') epochNow.forget();
        else if (error.name === 'REPLAY') account.outrun(found.account, nonce);
        else throw error;
      }
    }
  }

  return {
    call,
    async receipts() {
      const calls: SentCallAt[] = [];
      for await (const entry of store.calls()) calls.push(entry);
      return calls;
    },
    audit: epoch => audit(chain, store, key.address, epoch),
    close: () => store.close(),
  };
}

interface Exchange {
  readonly store: CallStore;
  readonly account: EpochAccount;
  readonly target: Target;
  readonly header: CallHeader;
  readonly signed: SignedText;
  /** JCS text of the params. */
  readonly body: string;
  readonly timeoutMs: number;
}

/** Sends one signed call and writes down what became of it. */
async function exchange({
  store,
  account,
  target,
  header,
  signed,
  body,
  timeoutMs,
}: Exchange): Promise<Answer> {
  const { epoch, nonce, server } = header;
  const sent = {
    state: 'sent',
    header: signed.text,
    headerSignature: signed.signature,
    receipt: '',
    receiptSignature: new Uint8Array(),
    amount: header.maxUsage,
  } as const;
  // Before it leaves: a nonce must not be used twice, and a lost call not be forgotten.
  await store.put({ epoch, server, nonce, call: sent });
  try {
    const headers = { 'content-type': 'application/json', [AUTH_HEADER]: encodeBlob(signed) };
    const url = `${target.url}/${encodeURIComponent(header.fn)}`;
    const response = await fetchText(url, { method: 'POST', headers, body }, timeoutMs);
    const answer = readAnswer(response, header, signed.text, server);
    const { text, signature } = answer.signed;
    const { cost } = answer.receipt;
    await store.put({
      epoch,
      server,
      nonce,
      call: { ...sent, state: 'answered', receipt: text, receiptSignature: signature, amount: cost },
    });
    account.answered(server, nonce, cost);
    return answer;
  } catch (error) {
    if (!wasNotServed(error)) throw error;
    await store.put({ epoch, server, nonce, call: { ...sent, state: 'refused' } });
    account.refused(server, nonce);
    throw error;
  }
}

const wasNotServed = (error: unknown): boolean =>
  error instanceof CallRefused || (error instanceof ModuleError && error.code === 'UNREACHABLE');

interface Remembered<T> {
  get(): Promise<T>;
  forget(): void;
}

/** Asks at most once in `ms` milliseconds, unless told to forget. */
function remembered<T>(ms: number, ask: () => Promise<T>): Remembered<T> {
  let known: { readonly until: number; readonly value: Promise<T> } | null = null;
  const forget = (): void => {
    known = null;
  };
  return {
    get() {
      if (known !== null && Date.now() < known.until) return known.value;
      const value = ask();
      known = { until: Date.now() + ms, value };
      value.catch(forget);
      return value;
    },
    forget,
  };
}

const overBudget = (which: string, amount: Amount, limit: Amount): ModuleError =>
  new ModuleError(
    'OVER_BUDGET',
    `${amount} base units exceed the budget of ${limit} ${which}`,
    'raise the budget, or call for less',
  );
