/** What a transaction does, in the words of people. */
import type { KernelCallKind } from '../chain/index.ts';
import type { CallJson } from '../node/client/wire.ts';
import { formatTokens } from './amount.ts';
import { printable } from './output.ts';

/** Names by which people know accounts and modules. */
export interface Known {
  readonly accounts: ReadonlyMap<string, string>;
  readonly modules: ReadonlyMap<number, string>;
}

type CallOf<Kind extends KernelCallKind> = Extract<CallJson, { readonly kind: Kind }>;
type Operation = CallOf<'dev'>['operation'];
type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { readonly kind: Kind }>;
type Words = { readonly [Kind in KernelCallKind]: (call: CallOf<Kind>, known: Known) => string };

const CALLS: Words = {
  transfer: ({ to, amount }, known) => `transfer ${tokens(amount)} to ${who(to, known)}`,
  registerModule: ({ alias, url, consensus, prices }) =>
    `register the module ${alias}${url === '' ? '' : ` at ${url}`}, settled by consensus module ${consensus}${pricesOf(prices)}`,
  updateModule: (call, known) => `update ${module(call.module, known)}: ${changesOf(call)}`,
  retireModule: call => `retire module ${call.module}`,
  proposeLink: ({ terms, expires }, known) =>
    `propose the link ${pair(terms, known)} as ${terms.kind} ${terms.alias} with ${terms.shareBps / 100} % of the revenue, to be accepted up to epoch ${expires}`,
  acceptLink: (call, known) => `accept the link ${pair(call, known)}`,
  dissolveLink: (call, known) => `dissolve the link ${pair(call, known)}`,
  stake: ({ target, amount }, known) => `stake ${tokens(amount)} on ${targetOf(target, known)}`,
  unstake: ({ target, amount }, known) => `take ${tokens(amount)} of stake off ${targetOf(target, known)}`,
  withdrawStake: ({ target }, known) => `withdraw thawed stake on ${targetOf(target, known)}`,
  reserve: (call, known) => `reserve ${tokens(call.amount)} for ${escrow(call, known)}`,
  thaw: (call, known) => `thaw ${tokens(call.amount)} of the reserve for ${escrow(call, known)}`,
  withdraw: (call, known) => `withdraw what has thawed of the reserve for ${escrow(call, known)}`,
  call: ({ consensus, method, args, value = '0' }, known) =>
    `call ${method} of consensus module ${consensus} with ${argumentsOf(args, known)}${value === '0' ? '' : `, and ${tokens(value)}`}`,
  installConsensus: ({ id, name, version, activationEpoch }) =>
    `install ${name}@${version} as consensus module ${id}, in force from epoch ${activationEpoch} on`,
  cancelConsensus: ({ id }) => `cancel what is announced as consensus module ${id}`,
  propose: ({ title, content }) => `propose "${title}": ${content.kind}`,
  vote: ({ proposal, choice }) => `vote ${choice} on proposal ${proposal}`,
  dev: ({ operation }, known) => operationWords(operation, known),
};

const OPERATIONS: {
  readonly [Kind in Operation['kind']]: (operation: OperationOf<Kind>, known: Known) => string;
} = {
  setBalance: ({ account, free }, known) => `set the balance of ${who(account, known)} to ${tokens(free)}`,
  mint: ({ account, amount }, known) => `mint ${tokens(amount)} for ${who(account, known)}`,
  advanceEpoch: () => 'end the epoch',
  increaseTime: ({ ms }) => `put the time forward by ${ms / 1000} s`,
  impersonate: ({ account, call }, known) => `as ${who(account, known)}: ${callWords(call, known)}`,
  snapshot: ({ name }) => `take the snapshot ${name}`,
  revert: ({ name }) => `go back to the snapshot ${name}`,
  loadPart: ({ dump, index, data }) =>
    `bring part ${index} of the dump ${dump}, ${(data.length - 2) / 2} bytes`,
  load: ({ dump }) => `load the dump ${dump}`,
  abandonLoad: () => 'forget the parts of a dump',
};

/** One line, without what could disturb a terminal. */
export function callWords(call: CallJson, known: Known): string {
  // The compiler does not see that the words of a kind fit a call of this kind.
  const words = CALLS[call.kind] as (call: CallJson, known: Known) => string;
  return printable(words(call, known)).replace(/[\n\t]/g, ' ');
}

function operationWords(operation: Operation, known: Known): string {
  const words = OPERATIONS[operation.kind] as (operation: Operation, known: Known) => string;
  return words(operation, known);
}

const tokens = (amount: string): string => `${formatTokens(BigInt(amount))} tokens`;
const who = (address: string, { accounts }: Known): string => accounts.get(address) ?? address;
const module = (id: number, { modules }: Known): string => modules.get(id) ?? `module ${id}`;

const pair = ({ parent, child }: { readonly parent: number; readonly child: number }, known: Known): string =>
  `${module(parent, known)} -> ${module(child, known)}`;

const targetOf = (target: CallOf<'stake'>['target'], known: Known): string =>
  target.kind === 'module' ? module(target.module, known) : `validator ${who(target.validator, known)}`;

const escrow = (
  { consensus, server }: { readonly consensus: number; readonly server: string },
  known: Known,
): string => `${who(server, known)} under consensus module ${consensus}`;

const pricesOf = (prices: CallOf<'registerModule'>['prices']): string =>
  prices.length === 0 ? '' : `, ${prices.map(({ fn, price }) => `${fn} for ${tokens(price)}`).join(', ')}`;

function changesOf({ kind: _, module: __, ...fields }: CallOf<'updateModule'>): string {
  const changes = Object.entries(fields).filter(([, value]) => value !== null);
  return changes.length === 0
    ? 'nothing'
    : changes
        .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ');
}

/** With names in place of addresses. */
const argumentsOf = (args: unknown, known: Known): string =>
  JSON.stringify(args, (_, item: unknown) => (typeof item === 'string' ? who(item, known) : item));
