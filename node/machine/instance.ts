/**
 * A JavaScript engine inside WASM that always starts from the same image: what runs in it can be influenced by nothing but
 * its code and what it is given, and is stopped at the same point on every machine.
 */
import { METER } from '../../consensus/wasm/meter.ts';

export interface MachineLimits {
  readonly pages: number;
  readonly heap: number;
  readonly stack: number;
  readonly depth: number;
  readonly loadFuel: number;
}

/** Why the machine stopped the code. It would have done so everywhere. */
export type StopCode =
  | 'OUT_OF_FUEL'
  | 'OUT_OF_STACK'
  | 'OUT_OF_MEMORY'
  /** The engine itself gave up. */
  | 'MACHINE_TRAP';

export class MachineStop extends Error {
  override readonly name = 'MachineStop';
  readonly code: StopCode;
  constructor(code: StopCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The code threw where nothing in the machine caught it. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** What the code inside may ask of the outside; an empty answer means that there is none. */
export type HostCall = (op: number, payload: Uint8Array, charge: (fuel: number) => void) => Uint8Array;

export interface MachineCode {
  /** A script that runs first, and then a module that may import the sources below. */
  readonly prelude: string;
  readonly entry: string;
  readonly sources: Readonly<Record<string, string>>;
}

export interface Machine {
  /** Fuel that the last run took. */
  readonly used: number;
  /** Bytes that are put back before each run. */
  readonly imageSize: number;
  /** Calls the global function `run` inside. Throws {@link MachineStop} or {@link MachineError}. */
  run(op: number, payload: Uint8Array, fuel: number, host: HostCall): Uint8Array;
}

type Call = (...args: number[]) => number;
type EngineFunction =
  | '_initialize'
  | 'qjs_init2'
  | 'qjs_set_memory_limit'
  | 'qjs_set_max_stack_size'
  | 'qjs_set_module_loader'
  | 'qjs_eval'
  | 'qjs_call'
  | 'qjs_execute_pending_job'
  | 'qjs_free_value'
  | 'qjs_get_array_buffer'
  | 'qjs_get_exception'
  | 'qjs_get_float64'
  | 'qjs_get_global'
  | 'qjs_get_prop_string'
  | 'qjs_get_string'
  | 'qjs_get_typed_array_buffer'
  | 'qjs_get_undefined'
  | 'qjs_is_exception'
  | 'qjs_is_job_pending'
  | 'qjs_new_host_function'
  | 'qjs_new_number'
  | 'qjs_new_uint8_array'
  | 'qjs_promise_result'
  | 'qjs_promise_state'
  | 'qjs_set_prop_string'
  | 'wasm_malloc'
  | 'wasm_free';
type Engine = Readonly<Record<EngineFunction, Call>>;

/** Of the engine's optional parts: base objects are always there; no Date, no WeakRef, no clock. */
const PARTS = {
  eval: 2,
  regExp: 4,
  json: 8,
  proxy: 16,
  mapSet: 32,
  typedArrays: 64,
  promise: 128,
  bigInt: 256,
} as const;
const MODULE = 1;
const PROMISE_FULFILLED = 1;
const PAGE = 64 * 1024;
/** Room for the numbers that the engine hands out by address. */
const SCRATCH = 16;
/** WASI: no such call. */
const NOT_THERE = 52;

/** Loads code and takes the image. Throws {@link MachineStop} or {@link MachineError}. */
export function createMachine(
  wasm: WebAssembly.Module,
  { prelude, entry, sources }: MachineCode,
  limits: MachineLimits,
  /** While the code is loaded. */
  first: HostCall,
): Machine {
  let host = first;
  let fault: unknown;
  const { exports } = new WebAssembly.Instance(wasm, {
    env: {
      host_call: (_name: number, _length: number, _self: number, count: number, args: number) =>
        answer(count, args),
      host_module_normalize: (_base: number, name: number) => text(readText(name)),
      host_module_load: (name: number, length: number) => load(readText(name), length),
      host_interrupt: () => 0,
      host_promise_rejection: (promise: number, reason: number) => {
        free(promise, reason);
        return undefined;
      },
      host_get_timezone_offset: () => 0,
    },
    wasi_snapshot_preview1: {
      clock_time_get: (_id: number, _precision: bigint, out: number) => zero(out, 8),
      random_get: (at: number, length: number) => zero(at, length),
      fd_close: () => NOT_THERE,
      fd_fdstat_get: () => NOT_THERE,
      fd_seek: () => NOT_THERE,
      fd_write: () => NOT_THERE,
    },
  });
  const engine = exports as unknown as Engine;
  const { memory, ...counters } = exports as unknown as Record<string, WebAssembly.Global> & {
    readonly memory: WebAssembly.Memory;
  };
  const counterOf = (name: string): WebAssembly.Global => {
    const found = counters[name];
    if (found === undefined) throw new TypeError(`the program has no counter ${name}`);
    return found;
  };
  const fuel = counterOf(METER.fuel);
  const depth = counterOf(METER.depth);
  const pages = counterOf(METER.pages);
  const stack = counterOf('__stack_pointer');
  // Its size never changes, so these stay valid.
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);

  function zero(at: number, length: number): number {
    bytes.fill(0, at, at + length);
    return 0;
  }
  function free(...values: number[]): void {
    for (const value of values) engine.qjs_free_value(value);
  }
  function readText(at: number): string {
    return Buffer.from(memory.buffer, at, bytes.indexOf(0, at) - at).toString('utf8');
  }
  /** Where a text lies, with a zero at its end; whoever asked for it frees it. */
  function text(value: string): number {
    const encoded = Buffer.from(value, 'utf8');
    const at = room(encoded.length + 1);
    bytes.set(encoded, at);
    bytes[at + encoded.length] = 0;
    return at;
  }
  function room(length: number): number {
    const at = engine.wasm_malloc(length);
    if (at === 0) throw new MachineStop('OUT_OF_MEMORY', 'the memory of the machine is full');
    return at;
  }
  function load(name: string, length: number): number {
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (source === undefined) return 0;
    view.setUint32(length, Buffer.byteLength(source), true);
    return text(source);
  }
  function named<T>(name: string, use: (at: number) => T): T {
    const at = text(name);
    const result = use(at);
    engine.wasm_free(at);
    return result;
  }
  function arrayOf(payload: Uint8Array): number {
    const at = room(payload.length);
    bytes.set(payload, at);
    const value = engine.qjs_new_uint8_array(at, payload.length);
    engine.wasm_free(at);
    return value;
  }
  /** A copy of the bytes of a typed array. */
  function bytesOf(value: number): Uint8Array {
    const buffer = engine.qjs_get_typed_array_buffer(value, scratch, scratch + 4, scratch + 8);
    if (engine.qjs_is_exception(buffer) !== 0) throw thrown(buffer);
    const [offset, length] = [view.getUint32(scratch, true), view.getUint32(scratch + 4, true)];
    const start = engine.qjs_get_array_buffer(buffer, scratch + 12);
    free(buffer);
    return bytes.slice(start + offset, start + offset + length);
  }
  /** For work out here, which the meter inside does not see. */
  function charge(units: number): void {
    const left = fuel.value - units;
    fuel.value = Math.max(0, left);
    if (left < 0) throw new MachineStop('OUT_OF_FUEL', 'its fuel is spent');
  }
  /** The engine asks; what goes wrong out here must not pass through it as if it were the code's. */
  function answer(count: number, args: number): number {
    try {
      if (count !== 2) throw new MachineError('a question to the host has two parts');
      const op = engine.qjs_get_float64(view.getUint32(args, true));
      const result = arrayOf(host(op, bytesOf(view.getUint32(args + 4, true)), charge));
      return engine.qjs_is_exception(result) === 0 ? result : 0;
    } catch (error) {
      fault ??= error;
      throw error;
    }
  }
  /** What was thrown, as an error. Asking for it may fail for want of fuel or memory, which says enough. */
  function thrown(value: number): Error {
    free(value);
    const error = engine.qjs_get_exception();
    const message = named('message', at => textOf(engine.qjs_get_prop_string(error, at)));
    const where = named('stack', at => textOf(engine.qjs_get_prop_string(error, at)));
    if (message === 'out of memory')
      return new MachineStop('OUT_OF_MEMORY', 'the memory of the machine is full');
    if (message === 'Maximum call stack size exceeded') return tooDeep();
    return new MachineError(`${message}\n${where}`.trim());
  }
  function textOf(value: number): string {
    if (engine.qjs_is_exception(value) !== 0) return '';
    const at = engine.qjs_get_string(value);
    return at === 0 ? '' : readText(at);
  }
  function evaluate(source: string, name: string, flags: number): number {
    const length = Buffer.byteLength(source);
    const value = named(source, at => named(name, file => engine.qjs_eval(at, length, file, flags)));
    if (engine.qjs_is_exception(value) !== 0) throw thrown(value);
    return value;
  }
  /** Runs something inside, and says why where it is stopped. */
  function guarded<T>(limit: number, work: () => T): T {
    fuel.value = limit;
    depth.value = 0;
    fault = undefined;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      if (fuel.value === 0) throw new MachineStop('OUT_OF_FUEL', 'its fuel is spent');
      if (depth.value > limits.depth) throw tooDeep();
      throw new MachineStop('MACHINE_TRAP', error.message);
    }
  }

  const start = guarded(limits.loadFuel, () => {
    engine._initialize();
    if (engine.qjs_init2(Object.values(PARTS).reduce((all, part) => all | part, 0)) !== 0)
      throw new MachineError('the engine does not start');
    engine.qjs_set_memory_limit(limits.heap);
    engine.qjs_set_max_stack_size(limits.stack);
    engine.qjs_set_module_loader(1);
    const at = room(SCRATCH);
    const world = engine.qjs_get_global();
    const ask = named('ask', name => engine.qjs_new_host_function(name, 3, 0));
    named('ask', name => engine.qjs_set_prop_string(world, name, ask));
    return { at, world };
  });
  const scratch = start.at;
  const entryPoint = guarded(limits.loadFuel, () => {
    evaluate(prelude, 'machine', 0);
    const loaded = evaluate(entry, 'entry', MODULE);
    while (engine.qjs_is_job_pending() !== 0) engine.qjs_execute_pending_job();
    if (engine.qjs_promise_state(loaded) !== PROMISE_FULFILLED)
      throw new MachineError(reasonOf(engine.qjs_promise_result(loaded)));
    return {
      run: named('run', name => engine.qjs_get_prop_string(start.world, name)),
      nothing: engine.qjs_get_undefined(),
    };
  });
  function reasonOf(error: number): string {
    const message = named('message', at => textOf(engine.qjs_get_prop_string(error, at)));
    const where = named('stack', at => textOf(engine.qjs_get_prop_string(error, at)));
    return `its module did not load: ${message}\n${where}`.trim();
  }

  const image = bytes.slice(0, pages.value * PAGE);
  const imageStack: number = stack.value;
  let used = 0;
  let dirtyEnd = image.length;
  function restore(): void {
    bytes.set(image);
    if (dirtyEnd > image.length) bytes.fill(0, image.length, dirtyEnd);
    dirtyEnd = image.length;
    pages.value = image.length / PAGE;
    stack.value = imageStack;
  }

  return {
    get used() {
      return used;
    },
    imageSize: image.length,
    run(op, payload, limit, answers) {
      host = answers;
      restore();
      try {
        return guarded(limit, () => {
          const args = room(8);
          view.setUint32(args, engine.qjs_new_number(op), true);
          view.setUint32(args + 4, arrayOf(payload), true);
          const result = engine.qjs_call(entryPoint.run, entryPoint.nothing, 2, args);
          if (engine.qjs_is_exception(result) !== 0) throw thrown(result);
          return bytesOf(result);
        });
      } catch (error) {
        throw fault instanceof Error && !(fault instanceof WebAssembly.RuntimeError) ? fault : error;
      } finally {
        used = limit - fuel.value;
        dirtyEnd = pages.value * PAGE;
      }
    },
  };
}

const tooDeep = (): MachineStop => new MachineStop('OUT_OF_STACK', 'calls are nested too deep');
