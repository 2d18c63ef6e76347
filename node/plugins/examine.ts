/** What calls weigh and which signatures they depend on, asked of a process in bulk. */
import { type CallOf, chainError, codeName, ModuleFault, toAddress } from '../../chain/index.ts';
import type { Account, Check } from '../../consensus/interface/index.ts';
import { PluginError, PluginFailure } from './errors.ts';
import type { Plugin } from './plugin.ts';
import type { Examined } from './wire.ts';

/** Calls of one request. */
const MAX_BATCH = 1_000;

export interface Examination {
  readonly chainId: string;
  readonly sender: Account;
  readonly call: CallOf<'call'>;
}

export interface Examiner {
  /** Throws ChainError BAD_ARGUMENTS or MODULE_FAULT, and ModuleFault where there is no answer. */
  examine(
    call: Examination,
  ): Promise<{ readonly checks: readonly Check[]; readonly code: string; readonly weight: number }>;
}

interface Waiting extends Examination {
  readonly done: (examined: Examined) => void;
  readonly failed: (error: unknown) => void;
}

function doingOf(batch: readonly Examination[]): string {
  const [first] = batch;
  if (first === undefined || batch.length > 1) return `examining ${batch.length} calls`;
  return `examining ${first.call.method} of ${toAddress(first.sender)}`;
}

/** Calls that come in together, and while the process is busy, go out together. */
export function createExaminer(plugin: Plugin): Examiner {
  const code = codeName(plugin.shell.info);
  let waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    // Whoever comes in the same turn of the event loop goes along.
    await null;
    while (waiting.length > 0) {
      const { chainId } = waiting[0] ?? { chainId: '' };
      const batch = waiting.filter(one => one.chainId === chainId).slice(0, MAX_BATCH);
      waiting = waiting.filter(one => !batch.includes(one));
      await settle(batch, chainId);
    }
    running = false;
  }

  /** A call that ends the process must not take the others with it: they are asked again one by one. */
  async function settle(batch: readonly Waiting[], chainId: string): Promise<void> {
    try {
      const results = await ask(batch, chainId);
      for (const [index, one] of batch.entries()) {
        const examined = results[index] as Examined;
        if (examined.kind === 'threw') threw(one, examined);
        one.done(examined);
      }
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      plugin.failed(failure, { calls: batch.length }, 'a consensus module gave no answer');
      if (batch.length === 1) batch[0]?.failed(error);
      else for (const one of batch) await settle([one], chainId);
    }
  }

  function threw(one: Waiting, { reason, stack }: Extract<Examined, { readonly kind: 'threw' }>): void {
    const failure = new PluginFailure(reason, stack);
    const place = { plugin: plugin.label, doing: doingOf([one]) };
    const error = new PluginError('THREW', place, failure.sentence, { cause: failure });
    plugin.failed(error, { lines: failure.stack }, 'the code of a consensus module threw');
  }

  async function ask(batch: readonly Waiting[], chainId: string): Promise<readonly Examined[]> {
    const doing = doingOf(batch);
    const calls = batch.map(({ sender, call }) => ({ method: call.method, sender, args: call.args }));
    const { process } = await plugin.connection();
    const reply = await plugin.request(process, { kind: 'examine', chainId, calls }, doing);
    if (reply.kind === 'examined' && reply.results.length === batch.length) return reply.results;
    // What answered wrongly once is in no state that anybody knows.
    await process.close();
    throw new PluginError('GARBAGE', { plugin: plugin.label, doing }, `it answered ${reply.kind}`);
  }

  return {
    async examine(examination) {
      const { consensus, method } = examination.call;
      const examined = await new Promise<Examined>((done, failed) => {
        waiting.push({ ...examination, done, failed });
        if (!running) void run();
      }).catch((error: unknown): never => {
        const place = { consensus, method: `checks of ${method}`, sender: examination.sender };
        throw error instanceof PluginError ? new ModuleFault(place, error) : error;
      });
      switch (examined.kind) {
        case 'ok':
          return { checks: examined.checks, code, weight: examined.weight };
        case 'badArguments':
          throw chainError('BAD_ARGUMENTS', { method, reason: examined.reason });
        case 'threw':
          throw chainError('MODULE_FAULT', { consensus, method, reason: examined.reason });
      }
    },
  };
}
