/** A chain of one's own making: epochs, reserves and modules are set by hand, claims are judged as consensus-0 does. */
import { fromAddress, type KernelCall, toAddress } from '../../../chain/index.ts';
import { type Claim, consensus0 } from '../../../consensus/consensus-0/index.ts';
import { type Amount, decode, type LinkKind } from '../../../consensus/interface/index.ts';
import type { Chain } from '../../../module/index.ts';
import { verifyCheck } from '../../../module/index.ts';
import {
  type EpochNotice,
  type LinkInfo,
  type ModuleInfo,
  RpcError,
  type SettlementInfo,
} from '../../../node/client/index.ts';

export const CHAIN_ID = 'test-chain';
export const GRACE = 2;

export interface Row {
  readonly client: string;
  readonly server: string;
  readonly epoch: number;
  readonly calls: number;
  readonly amount: Amount;
  readonly status: string;
}

export interface FakeLink {
  readonly parent: string;
  readonly child: string;
  readonly kind?: LinkKind;
  readonly shareBps?: number;
}

export interface FakeChain {
  readonly chain: Chain;
  /** Rows of all claims, in order, with the epoch in which they were claimed. */
  readonly rows: (Row & {
    readonly claimedIn: number;
    /** 0 when absent. */
    readonly consensus?: number;
  })[];
  readonly claims: Claim[];
  setEpoch(epoch: number): void;
  setReserve(client: string, server: string, amount: Amount, consensus?: number): void;
  /** From an epoch on another consensus module, which is consensus-0 too, settles what the module serves. */
  bind(address: string, fromEpoch: number, consensus: number): void;
  /** What a consensus module calls itself, and its version. */
  setConsensus(id: number, name: string, version: string): void;
  setModule(module: { alias: string; address: string; url: string; prices: Record<string, Amount> }): void;
  setUrl(address: string, url: string): void;
  /** Changes a module's prices from the next epoch on, as the chain does. */
  changePrices(address: string, prices: Record<string, Amount>): void;
  /** Lets a reserve thaw: it does not count as reserved any more, though it can still be claimed. */
  thaw(client: string, server: string): void;
  /** Replaces all links; addresses of modules. They hold at once. */
  setLinks(links: readonly FakeLink[]): void;
  /** Makes the next so many transactions fail before they are sent. */
  failSends(count: number): void;
  /** How often the chain was asked for a reserve. */
  escrowQuestions(): number;
}

const refusal = (name: string): RpcError => new RpcError({ code: 3000, name, message: name, hint: '' });

export function fakeChain(start = 5, chainId = CHAIN_ID): FakeChain {
  let epoch = start;
  let failing = 0;
  let questions = 0;
  const listeners = new Set<(notice: EpochNotice) => void>();
  const reserves = new Map<string, Amount>();
  const modules: ModuleInfo[] = [];
  const changes = new Set<() => void>();
  let links: LinkInfo[] = [];
  const { name, version } = consensus0.info;
  const registered = new Map([0, 5].map(id => [id, { name, version }]));
  const marks = new Map<string, number>();
  const rows: FakeChain['rows'] = [];
  const claims: Claim[] = [];

  function judge(server: string, claim: Claim): Row[] {
    const method = consensus0.calls.claim;
    const checks = method?.checks?.({ sender: fromAddress(server), args: claim }, { chainId }) ?? [];
    let at = 0;
    return claim.rows.map(row => {
      const verified = checks.slice(at, at + row.receipts.length).every(verifyCheck);
      at += row.receipts.length;
      const client = toAddress(row.client);
      const key = `${claim.epoch}:${server}:${client}`;
      const tally = row.tally === null ? null : (row.receipts[row.tally]?.tally ?? null);
      const paid = row.receipts.filter(call => (call.cost ?? claim.terms[call.terms]?.maxUsage ?? 0n) > 0n);
      const total = paid.reduce(
        (sum, call) => sum + (call.cost ?? claim.terms[call.terms]?.maxUsage ?? 0n),
        tally?.total ?? 0n,
      );
      const first = tally === null ? (paid[0]?.nonce ?? 1) : 1;
      const status = !verified ? 'BAD_SIGNATURE' : first <= (marks.get(key) ?? 0) ? 'REPLAY' : 'OK';
      const good = status === 'OK';
      if (good) marks.set(key, Math.max(tally?.nonce ?? 0, ...paid.map(({ nonce }) => nonce)));
      const calls = good ? (tally?.count ?? 0) + paid.length : 0;
      return { client, server, epoch: claim.epoch, calls, amount: good ? total : 0n, status };
    });
  }

  function settlement(id: number, closing: number): SettlementInfo {
    const settled = rows.filter(row => row.claimedIn === closing && (row.consensus ?? 0) === id);
    const total = settled.reduce((sum, { amount }) => sum + amount, 0n);
    return {
      consensus: id,
      epoch: closing,
      done: true,
      closedIn: [],
      calls: 0,
      total,
      debits: [],
      credits: [],
      rows: settled.map(row => ({ ...row, height: 1 })),
    };
  }

  const chain: Chain = {
    getNodeInfo: async () => ({
      chainId,
      name: 'fake',
      version: '0',
      peerId: '',
      ordering: 'instant',
      validator: null,
      height: 1,
      base: 1,
      epoch,
      ready: true,
      devnet: true,
      missingCode: [],
      sync: null,
    }),
    getCurrentEpoch: async () => ({
      epoch,
      startHeight: 0,
      endHeight: null,
      startTime: 0,
      graceEpochs: GRACE,
      length: 10,
    }),
    async subscribeEpochs({ onEpoch }) {
      listeners.add(onEpoch);
      return async () => {
        listeners.delete(onEpoch);
      };
    },
    async getModule({ module }) {
      const found = modules.find(({ id, address, alias }) => [id, address, alias].includes(module));
      if (found === undefined) throw refusal('UNKNOWN_MODULE');
      return found;
    },
    async getEscrow({ client, server, consensus = 0 }) {
      questions++;
      const amount = reserves.get(`${consensus}:${client}:${server}`) ?? 0n;
      return { client, server, consensus, amount, thawing: 0n, thawEpoch: 0 };
    },
    getLinkChildren: async ({ module }) => links.filter(({ parent }) => parent === module),
    getLinkParents: async ({ module }) => links.filter(({ child }) => child === module),
    getLinkProposals: async () => [],
    // Every listener hears of every change: more than it asked for is no harm.
    async subscribeTransactions({ onLag }) {
      const tell = (): void => onLag?.(null);
      changes.add(tell);
      return async () => void changes.delete(tell);
    },
    listConsensus: async () =>
      [...registered].map(([id, { name, version }]) => ({
        id,
        name,
        version,
        codeHash: '0x',
        kind: 'builtin',
        status: 'active',
        activeFrom: 0,
        stateVersion: 1,
        mintCap: 0n,
        hasCode: true,
        upgrade: null,
        capabilities: [],
        pot: 0n,
        methods: [],
        queries: [],
      })),
    async getSettlement({ id, epoch: closing }) {
      if (closing >= epoch) throw refusal('EPOCH_NOT_CLOSED');
      return settlement(id, closing);
    },
    async queryConsensus({ args }) {
      const asked = args as { epoch: number; server: string; client: string };
      return { nonce: marks.get(`${asked.epoch}:${asked.server}:${asked.client}`) ?? null };
    },
    async send({ from, call }) {
      if (failing > 0) {
        failing--;
        throw refusal('UNREACHABLE');
      }
      const { args, consensus } = call as Extract<KernelCall, { kind: 'call' }>;
      const claim = decode(consensus0.calls.claim?.codec ?? assertNever(), args) as Claim;
      if (claim.epoch >= epoch || claim.epoch + GRACE < epoch) throw refusal('CLAIM_TOO_LATE');
      const bindings = modules.find(({ address }) => address === from.address)?.bindings ?? [];
      if (bindings.findLast(({ fromEpoch }) => fromEpoch <= claim.epoch)?.consensus !== consensus)
        throw refusal('NOT_BOUND');
      claims.push(claim);
      const judged = judge(from.address, claim);
      rows.push(...judged.map(row => ({ ...row, claimedIn: epoch, consensus })));
      const events = judged.map(row => ({
        source: consensus,
        name: 'row',
        data: { ...row, amount: String(row.amount) },
      }));
      return { hash: '0x', height: 1, index: 0, ok: true, weight: 0, fee: 0n, events };
    },
  };

  return {
    chain,
    rows,
    claims,
    changePrices(address, prices) {
      const index = modules.findIndex(module => module.address === address);
      const found = modules[index] ?? assertNever();
      modules[index] = { ...found, pending: { ...found, fromEpoch: epoch + 1, prices: priceList(prices) } };
    },
    thaw: (client, server) => void reserves.set(`0:${client}:${server}`, 0n),
    setEpoch(next) {
      epoch = next;
      for (const [index, module] of modules.entries())
        if (module.pending !== null && module.pending.fromEpoch <= epoch)
          modules[index] = { ...module, prices: module.pending.prices, pending: null };
      for (const listener of listeners) listener({ kind: 'epoch', epoch, startHeight: 0, startTime: 0 });
    },
    setReserve: (client, server, amount, consensus = 0) =>
      void reserves.set(`${consensus}:${client}:${server}`, amount),
    bind(address, fromEpoch, consensus) {
      const index = modules.findIndex(module => module.address === address);
      const found = modules[index];
      if (found === undefined) throw new Error(`no module ${address}`);
      modules[index] = { ...found, bindings: [...found.bindings, { fromEpoch, consensus }] };
    },
    setConsensus: (id, name, version) => void registered.set(id, { name, version }),
    setUrl(address, url) {
      const index = modules.findIndex(module => module.address === address);
      const found = modules[index];
      if (found !== undefined) modules[index] = { ...found, url };
      for (const tell of changes) tell();
    },
    setLinks(found) {
      const idOf = (address: string): number => modules.find(module => module.address === address)?.id ?? 0;
      links = found.map(({ parent, child, kind = 'replica', shareBps = 1000 }) => ({
        parent: idOf(parent),
        child: idOf(child),
        kind,
        shareBps,
        alias: `child-${idOf(child)}`,
        metadata: { kind: 'inline', data: '0x' },
        status: 'active',
        fromEpoch: 0,
        untilEpoch: null,
        termsHash: '0x',
      }));
      for (const tell of changes) tell();
    },
    setModule({ alias, address, url, prices }) {
      if (modules.some(module => module.address === address)) return;
      modules.push({
        id: modules.length + 1,
        address,
        alias,
        url,
        consensus: 0,
        prices: priceList(prices),
        pending: null,
        bindings: [{ fromEpoch: 0, consensus: 0 }],
        metadata: { kind: 'inline', data: '0x' },
        maxLinks: 0,
        registeredEpoch: 0,
        retiredEpoch: null,
      });
    },
    failSends(count) {
      failing = count;
    },
    escrowQuestions: () => questions,
  };
}

const priceList = (prices: Record<string, Amount>): ModuleInfo['prices'] =>
  Object.entries(prices).map(([fn, price]) => ({ fn, price }));

const assertNever = (): never => {
  throw new Error('consensus-0 has no claim');
};
