/** The code of a consensus module inside the metered machine, for the process that serves the node. */
import { hash as digest } from 'node:crypto';
import {
  type BlockInfo,
  CodecError,
  type ConsensusModule,
  decode,
  encode,
} from '../../consensus/interface/index.ts';
import type { ExamineCall } from '../plugins/child/perform.ts';
import type { Code } from '../plugins/child/serve.ts';
import { Miss, type Notes } from '../plugins/child/view.ts';
import { shellOfJson } from '../plugins/describe.ts';
import { Examined, type Job, type JobResult, Read, ReadAnswer } from '../plugins/wire.ts';
import { createMachine, type HostCall, type Machine, MachineStop } from './instance.ts';
import { MACHINE_LIMITS } from './limits.ts';
import { ASK, Examine, Perform, Performed, RUN } from './messages.ts';

export interface MachineSources {
  readonly wasm: WebAssembly.Module;
  /** `guest.js`. */
  readonly guest: string;
  /** The author's module: one file without imports, but for `hash` of `node:crypto`. */
  readonly code: string;
  readonly exportName: string;
}

export interface MachineModule {
  /** What the module says it is. */
  readonly shell: ConsensusModule;
  /** Its description as a process sends it. */
  readonly description: string;
  readonly code: Code;
  /** Fuel of the last thing that it did. */
  readonly used: () => number;
}

/** How the engine names the author's code. */
export const PLUGIN_MODULE = 'plugin';

/** Bytes that a digest takes in for one unit of fuel, and what one costs at least. */
const DIGEST_BYTES_PER_FUEL = 8;
const DIGEST_FUEL = 200;
/** Weights of calls that are remembered: a call is examined before it stands in a block. */
const MAX_WEIGHTS = 10_000;

/** Loads the code. Throws {@link MachineStop}, MachineError, or TypeError for a description that is none. */
/** `workFuel`: less of it only in tests, which it would cost seconds. */
export function machineModule(
  sources: MachineSources,
  print: (line: string) => void,
  workFuel: number = MACHINE_LIMITS.workFuel,
): MachineModule {
  const { wasm, guest, code, exportName } = sources;
  const host = hostOf(print);
  const machine = createMachine(
    wasm,
    {
      prelude: guest,
      entry: `import * as code from '${PLUGIN_MODULE}';machine.begin(code,${JSON.stringify(exportName)});`,
      sources: { [PLUGIN_MODULE]: code, 'node:crypto': 'export const { hash } = machine;' },
    },
    MACHINE_LIMITS,
    host(null),
  );
  const described = machine.run(RUN.describe, NO_BYTES, MACHINE_LIMITS.examineFuel, host(null));
  const description = Buffer.from(described).toString('utf8');
  const weights = new Map<string, number>();

  function examine(call: ExamineCall, chainId: string): Examined {
    const asked = encode(Examine, { chainId, call });
    try {
      return decode(Examined, machine.run(RUN.examine, asked, MACHINE_LIMITS.examineFuel, host(null)));
    } catch (error) {
      return { kind: 'threw', reason: stopOf(error).message, stack: [] };
    }
  }

  /** What the call pays for: its own word, which was charged before. */
  function fuelOf(job: Job): number {
    if (job.kind !== 'apply') return workFuel;
    const { method, sender, args } = job;
    const name = `${method} ${Buffer.from(args).toString('latin1')}`;
    const known = weights.get(name);
    if (known !== undefined) return fuelFor(known);
    const examined = examine({ method, sender, args }, '');
    const weight = examined.kind === 'ok' ? examined.weight : 0;
    if (weights.size >= MAX_WEIGHTS) weights.clear();
    weights.set(name, weight);
    return fuelFor(weight);
  }

  return {
    shell: shellOfJson(description),
    description,
    used: () => machine.used,
    code: {
      examine,
      perform(job, block, notes) {
        return performed(machine, { job, block, fuel: fuelOf(job), host: host(notes) });
      },
    },
  };
}

const fuelFor = (weight: number): number =>
  Math.min(MACHINE_LIMITS.workFuel, MACHINE_LIMITS.callFuel + weight * MACHINE_LIMITS.fuelPerWeight);

interface Performing {
  readonly job: Job;
  readonly block: BlockInfo | null;
  readonly fuel: number;
  readonly host: HostCall;
}

/** A job that is stopped fails, with the same words everywhere. */
function performed(machine: Machine, { job, block, fuel, host }: Performing): Performed {
  try {
    const said = machine.run(RUN.perform, encode(Perform, { job, block }), fuel, host);
    const { result, stack } = decode(Performed, said);
    return { result: result.kind === 'threw' ? stoppedBy(result) : result, stack };
  } catch (error) {
    if (error instanceof CodecError) return plain({ kind: 'malformed', reason: error.message });
    const { code, message } = stopOf(error);
    return plain({ kind: 'refused', code, message });
  }
}

const plain = (result: JobResult): Performed => ({ result, stack: [] });

/** What the engine throws where it comes to a limit, and the code did not catch. */
const LIMITS_THROWN: Readonly<Record<string, readonly [code: string, message: string]>> = {
  'out of memory': ['OUT_OF_MEMORY', 'the memory of the machine is full'],
  'Maximum call stack size exceeded': ['OUT_OF_STACK', 'calls are nested too deep'],
};

function stoppedBy(result: Extract<JobResult, { readonly kind: 'threw' }>): JobResult {
  const known = Object.hasOwn(LIMITS_THROWN, result.reason) ? LIMITS_THROWN[result.reason] : undefined;
  if (known === undefined) return result;
  const [code, message] = known;
  return { kind: 'refused', code, message };
}

/** What is no stop of the machine is a defect out here, and no answer. */
function stopOf(error: unknown): MachineStop {
  if (error instanceof MachineStop) return error;
  throw error;
}

const NO_BYTES = new Uint8Array();

const hostOf =
  (print: (line: string) => void) =>
  (notes: Notes | null): HostCall =>
  (op, payload, charge) => {
    switch (op) {
      case ASK.read:
        return notes === null ? NO_BYTES : answerRead(payload, notes);
      case ASK.print:
        print(Buffer.from(payload).toString('utf8'));
        return NO_BYTES;
      case ASK.sha256:
      case ASK.blake2b512:
        charge(DIGEST_FUEL + Math.ceil(payload.length / DIGEST_BYTES_PER_FUEL));
        return digest(op === ASK.sha256 ? 'sha256' : 'blake2b512', payload, 'buffer');
      default:
        throw new Error(`the machine asks for ${op}`);
    }
  };

/** No bytes where there is no answer yet, and for what is no read: whoever reached the host around the view gets nothing. */
function answerRead(payload: Uint8Array, { ask }: Notes): Uint8Array {
  try {
    return encode(ReadAnswer, ask(decode(Read, payload)));
  } catch (error) {
    if (error instanceof Miss || error instanceof CodecError) return NO_BYTES;
    throw error;
  }
}
