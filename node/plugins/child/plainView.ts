/** A view as plain reads over whatever answers them: in the process of a plugin, and inside the metered machine. */
import {
  type Account,
  type Capability,
  CapabilityError,
  guardAccount,
  guardBytes,
  guardEpoch,
  guardFunction,
  guardId,
  guardScan,
  guardTarget,
  type View,
} from '../../../consensus/interface/index.ts';
import type { Read, ReadAnswer } from '../wire.ts';

const unexpected = (read: Read, answer: ReadAnswer): Error =>
  new Error(`the node answered ${answer.kind} to ${read.kind}`);

export function viewOver(answerTo: (read: Read) => ReadAnswer): View {
  function ask(read: Read): ReadAnswer {
    const answer = answerTo(read);
    if (answer.kind === 'denied') throw new CapabilityError(answer.capability as Capability);
    return answer;
  }
  function amount(read: Read): bigint {
    const answer = ask(read);
    if (answer.kind !== 'amount') throw unexpected(read, answer);
    return answer.amount;
  }

  return {
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
}

function moduleRead(idOrAccount: number | Account, epoch: number | null): Read {
  if (typeof idOrAccount === 'number') {
    guardId(idOrAccount);
    return { kind: 'module', id: idOrAccount, epoch };
  }
  guardAccount(idOrAccount);
  return { kind: 'moduleOf', account: idOrAccount, epoch };
}
