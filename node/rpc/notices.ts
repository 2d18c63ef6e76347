/** What subscribers hear of a block. Each text is made once, when the first subscriber wants it. */
import { type Act, actOf, type Mechanisms, SignedTransaction } from '../../chain/index.ts';
import { type Account, decode } from '../../consensus/interface/index.ts';
import type { StoredBlock } from '../api.ts';
import type { Notices, Topic } from '../client/wire.ts';
import { addressOf } from './addresses.ts';
import { govNotice } from './governance.ts';
import { finalJson, headJson } from './render.ts';
import type { NoticeFilter } from './schema.ts';

export interface Notice {
  readonly topic: Topic;
  readonly matches: (filter: NoticeFilter) => boolean;
  /** JSON of the result. */
  readonly text: () => string;
}

export function noticesOf(stored: StoredBlock, mechanisms: Mechanisms): Notice[] {
  return [
    chainNotice(stored),
    ...epochNotices(stored),
    ...transactionNotices(stored, mechanisms),
    ...govNotices(stored),
  ];
}

/** Which plugins are loaded or not any more. */
export const pluginNotices = (found: readonly Notices['plugin'][]): Notice[] =>
  found.map(each => notice('plugin', () => each));

function chainNotice({ hash, block }: StoredBlock): Notice {
  return notice('chain', () => headJson(hash, block.header, block.transactions.length));
}

function epochNotices({ block, outcomes }: StoredBlock): Notice[] {
  const { epoch, height, time } = block.header;
  const started = outcomes.events.some(({ source, name }) => source === null && name === 'EpochStarted');
  const settled = outcomes.system.filter(({ done }) => done);
  return [
    ...(started
      ? [notice('epoch', () => ({ kind: 'epoch', epoch, startHeight: height, startTime: time }))]
      : []),
    ...settled.map(({ consensus, epoch: closed, ok }) =>
      notice('epoch', () => ({ kind: 'settlement', consensus, epoch: closed, height, ok })),
    ),
  ];
}

function govNotices({ block, outcomes }: StoredBlock): Notice[] {
  const events = [...outcomes.events, ...outcomes.transactions.flatMap(outcome => outcome.events)];
  return events.flatMap(event => {
    const found = govNotice(event, block.header.height);
    return found === null ? [] : notice('gov', () => found);
  });
}

function transactionNotices(stored: StoredBlock, mechanisms: Mechanisms): Notice[] {
  const { block, outcomes, transactionHashes } = stored;
  return block.transactions.flatMap((encoded, index) => {
    const hash = transactionHashes[index];
    const outcome = outcomes.transactions[index];
    if (hash === undefined || outcome === undefined) return [];
    const transaction = once(() => decode(SignedTransaction, encoded).transaction);
    const made = notice('tx', () => ({
      ...finalJson({ hash, height: block.header.height, index }, outcome, mechanisms),
      from: addressOf(transaction().sender),
      kind: transaction().call.kind,
    }));
    const matches = (filter: NoticeFilter): boolean =>
      (filter.hash === undefined || filter.hash === hash) &&
      (filter.account === undefined ||
        filter.account === transaction().sender ||
        actOf(transaction()).sender === filter.account ||
        names(actOf(transaction()).call, filter.account)) &&
      (filter.modules === undefined ||
        modulesOf(actOf(transaction()).call).some(id => filter.modules?.includes(id)));
    return [{ ...made, matches }];
  });
}

/** Whether a call has this account among its own fields. */
function names(call: Act['call'], account: Account): boolean {
  const target = 'target' in call && call.target.kind === 'validator' ? call.target.validator : undefined;
  const operation = 'operation' in call && 'account' in call.operation ? call.operation.account : undefined;
  const to = 'to' in call ? call.to : undefined;
  const server = 'server' in call ? call.server : undefined;
  return [to, server, target, operation].includes(account);
}

/** Ids of the modules that a call changes, or whose links or proposals it changes. */
function modulesOf(call: Act['call']): readonly number[] {
  if (call.kind === 'updateModule' || call.kind === 'retireModule') return [call.module];
  if (call.kind === 'proposeLink') return [call.terms.parent, call.terms.child];
  if (call.kind === 'acceptLink' || call.kind === 'dissolveLink') return [call.parent, call.child];
  return [];
}

const notice = <T extends Topic>(topic: T, make: () => Notices[T]): Notice => ({
  topic,
  matches: () => true,
  text: once(() => JSON.stringify(make())),
});

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
