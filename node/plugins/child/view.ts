/** The view of a job: plain reads over what the process was told, and a note of each. */
import {
  type Account,
  type Capability,
  CapabilityError,
  encode,
  guardAccount,
  guardBytes,
  guardEpoch,
  guardFunction,
  guardId,
  guardScan,
  guardTarget,
  type View,
} from '../../../consensus/interface/index.ts';
import { fingerprintOf } from '../reads.ts';
import { Read, ReadAnswer } from '../wire.ts';
import { type Effects, nameOf } from './effects.ts';
import type { Memory } from './memory.ts';
import { answerAfter } from './overlay.ts';

/** Ends a job that read what is not known. Whoever catches it changes nothing: the miss is noted. */
class Miss extends Error {
  override readonly name = 'Miss';
}

interface Noted {
  readonly id: number;
  readonly seen: Uint8Array | null;
}

/** Everything that one job read. */
export interface Notes {
  readonly view: View;
  readonly reads: ReadonlyMap<string, Noted>;
  /** Encoded reads without an answer. */
  readonly missed: readonly Uint8Array[];
  /** It read what the jobs before it may have changed in a way that cannot be told from here. */
  readonly isStuck: () => boolean;
  /** Answers as they were told, by number. */
  readonly used: ReadonlyMap<number, Uint8Array>;
}

const unexpected = (read: Read, answer: ReadAnswer): Error =>
  new Error(`the node answered ${answer.kind} to ${read.kind}`);

export function notedView(memory: Memory, effects: Effects): Notes {
  const reads = new Map<string, Noted>();
  const missed: Uint8Array[] = [];
  const used = new Map<number, Uint8Array>();
  let stuck = false;

  function ask(read: Read): ReadAnswer {
    const encoded = encode(Read, read);
    const known = memory.find(encoded);
    const told = known?.answer ?? null;
    const answer = told === null ? null : answerAfter(effects, read, told);
    if (known === undefined || told === null) {
      missed.push(encoded);
      throw new Miss('the node is asked for this read');
    }
    if (answer === null) {
      stuck = true;
      throw new Miss('the node must take over what the jobs before did');
    }
    const seen = answer === told ? null : fingerprintOf(encode(ReadAnswer, answer));
    reads.set(nameOf(encoded), { id: known.id, seen });
    used.set(known.id, known.known);
    if (answer.kind === 'denied') throw new CapabilityError(answer.capability as Capability);
    return answer;
  }
  function amount(read: Read): bigint {
    const answer = ask(read);
    if (answer.kind !== 'amount') throw unexpected(read, answer);
    return answer.amount;
  }

  const view: View = {
    get(key) {
      guardBytes(key);
      const read = { kind: 'get', key } as const;
      const answer = ask(read);
      if (answer.kind === 'nothing') return undefined;
      if (answer.kind !== 'bytes') throw unexpected(read, answer);
      return new Uint8Array(answer.value);
    },
    scan(prefix, { after, limit } = {}) {
      guardScan(prefix, { after, limit });
      const read = { kind: 'scan', prefix, after: after ?? null, limit: limit ?? null } as const;
      const answer = ask(read);
      if (answer.kind !== 'rows') throw unexpected(read, answer);
      return answer.rows.map(({ key, value }) => [new Uint8Array(key), new Uint8Array(value)] as const);
    },
    pot: () => amount({ kind: 'pot' }),
    balance(account) {
      guardAccount(account);
      return amount({ kind: 'balance', account });
    },
    reserve(client, server) {
      guardAccount(client);
      guardAccount(server);
      const read = { kind: 'reserve', client, server } as const;
      const answer = ask(read);
      if (answer.kind === 'nothing') return undefined;
      if (answer.kind !== 'reserve') throw unexpected(read, answer);
      const { kind: _, ...reserve } = answer;
      return reserve;
    },
    module(idOrAccount, epoch) {
      if (epoch !== undefined) guardEpoch(epoch);
      const read = moduleRead(idOrAccount, epoch ?? null);
      const answer = ask(read);
      if (answer.kind === 'nothing') return undefined;
      if (answer.kind !== 'module') throw unexpected(read, answer);
      const { kind: _, ...module } = answer;
      return module;
    },
    price(module, fn, epoch) {
      guardId(module);
      guardFunction(fn);
      guardEpoch(epoch);
      const read = { kind: 'price', module, fn, epoch } as const;
      const answer = ask(read);
      if (answer.kind === 'nothing') return undefined;
      if (answer.kind !== 'amount') throw unexpected(read, answer);
      return answer.amount;
    },
    children(parent, epoch) {
      guardId(parent);
      guardEpoch(epoch);
      const read = { kind: 'children', parent, epoch } as const;
      const answer = ask(read);
      if (answer.kind !== 'links') throw unexpected(read, answer);
      return answer.links.map(link => ({ ...link }));
    },
    stake(target) {
      guardTarget(target);
      return amount(
        target.kind === 'module'
          ? { kind: 'moduleStake', module: target.module }
          : { kind: 'validatorStake', validator: target.validator },
      );
    },
  };
  return { view, reads, missed, used, isStuck: () => stuck };
}

function moduleRead(idOrAccount: number | Account, epoch: number | null): Read {
  if (typeof idOrAccount === 'number') {
    guardId(idOrAccount);
    return { kind: 'module', id: idOrAccount, epoch };
  }
  guardAccount(idOrAccount);
  return { kind: 'moduleOf', account: idOrAccount, epoch };
}
