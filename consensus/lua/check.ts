/** A check: code is read, run once for the function that it returns, and the function is called. */
import { hash } from 'node:crypto';
import { createCache } from './cache.ts';
import { LUA } from './engine.ts';
import { LAYOUT } from './layout.ts';
import { createMachine, type Guarded, type Image, type Machine, type Stop } from './machine.ts';
import { problemOf, readable } from './problem.ts';
import { scan } from './scan.ts';
import {
  type Lua,
  type LuaError,
  type LuaLimits,
  type LuaOutcome,
  type LuaValue,
  MAX_CODE,
  MAX_FUEL,
  MAX_MEMORY,
  MAX_PRINTS,
} from './types.ts';
import { bytesAt, createStepWriter, valueAt } from './values.ts';

/** Slots of the stack: the message handler, the function, and then its arguments or results. */
const HANDLER = 1;
const FIRST = -2;
const SECOND = -1;

/** What became of code before it is asked: it is the same each time, so that it is kept. */
interface Loaded {
  readonly fuel: number;
  readonly memory: number;
  readonly prints: readonly string[];
  /** The state with its function on the stack; or why there is none. */
  readonly ready: Image | LuaError;
}

/** {@link program} is what `program.ts` holds; `images` is how many pieces of code are kept read. */
export function createLuaOf(program: WebAssembly.Module, images: number): Lua {
  let prints: string[] = [];
  const machine = createMachine(program, line => {
    if (prints.length < MAX_PRINTS) prints.push(readable(line));
  });
  const writeSteps = createStepWriter(machine);
  const cache = createCache<Loaded>(images);

  function check(code: Uint8Array, args: readonly LuaValue[], limits: LuaLimits): LuaOutcome {
    requireLimits(limits);
    writeSteps(args);
    if (code.length > MAX_CODE) {
      const error = { message: `the code has more than ${MAX_CODE} bytes`, line: null, traceback: '' };
      return { verdict: 'invalidCode', fuel: 0, memory: 0, prints: [], error };
    }
    const loaded = load(code, limits);
    if ('verdict' in loaded) return loaded;
    if (!('arena' in loaded.ready)) {
      const { fuel, memory, prints: printed, ready: error } = loaded;
      return { verdict: 'invalidCode', fuel, memory, prints: printed, error };
    }
    return call(loaded, loaded.ready, args.length, limits);
  }

  /** What is kept is taken only where these limits would not have stopped it. */
  function load(code: Uint8Array, limits: LuaLimits): Loaded | LuaOutcome {
    const key = hash('sha256', code, 'base64');
    const kept = cache.get(key);
    if (kept !== undefined && kept.fuel <= limits.fuel && kept.memory <= limits.memory) return kept;
    const found = read(code, limits);
    if (!('verdict' in found)) cache.set(key, found);
    return found;
  }

  /** Looking through the code costs a unit a byte. */
  function read(code: Uint8Array, limits: LuaLimits): Loaded | LuaOutcome {
    if (code.length > limits.fuel) return stopped('outOfFuel', { fuel: limits.fuel, memory: 0 }, []);
    const problem = scan(code);
    if (problem !== null) {
      const error = {
        message: `checker:${problem.line}: ${problem.message}`,
        line: problem.line,
        traceback: '',
      };
      return { fuel: code.length, memory: 0, prints: [], ready: error };
    }
    machine.restore(machine.base);
    prints = [];
    const rest = { fuel: limits.fuel - code.length, memory: limits.memory };
    const done = machine.guarded(rest, () => compile(machine, code));
    const used = { fuel: code.length + done.fuel, memory: done.memory };
    if (done.stop !== null) return stopped(done.stop, used, prints);
    const ready = done.result === null ? machine.image() : done.result;
    return { ...used, prints, ready };
  }

  function call(loaded: Loaded, image: Image, count: number, limits: LuaLimits): LuaOutcome {
    const { engine, state } = machine;
    machine.restore(image);
    prints = [...loaded.prints];
    const rest = { fuel: limits.fuel - loaded.fuel, memory: limits.memory };
    const done = machine.guarded(rest, () => {
      machine.push();
      return engine.lua_pcallk(state, count, 2, HANDLER, 0, 0);
    });
    const used = { fuel: loaded.fuel + done.fuel, memory: Math.max(loaded.memory, done.memory) };
    if (done.stop !== null) return stopped(done.stop, used, prints);
    return machine.unmetered(() => ({ ...used, prints, ...resultOf(machine, done.result) }));
  }

  return { check };
}

/** Leaves the function on the stack and returns null, or why there is none. */
function compile(machine: Machine, code: Uint8Array): LuaError | null {
  const { engine, state, bytes } = machine;
  bytes.set(code, LAYOUT.code);
  bytes.set(CHUNK, LAYOUT.chunk);
  const [name, mode] = [LAYOUT.chunk, LAYOUT.chunk + CHUNK.indexOf(0) + 1];
  const failed =
    engine.luaL_loadbufferx(state, LAYOUT.code, code.length, name, mode) ||
    engine.lua_pcallk(state, 0, 1, HANDLER, 0, 0);
  if (failed !== LUA.ok) return problemOf(machine.unmetered(() => bytesAt(machine, SECOND)));
  if (engine.lua_type(state, SECOND) === LUA.type.function) return null;
  return { message: 'the code returns no function', line: null, traceback: '' };
}

/** The name that errors begin with, and the kind of code that is taken: text. */
const CHUNK = Buffer.from('=checker\0t\0', 'latin1');

function resultOf(
  machine: Machine,
  status: number | null,
): Pick<LuaOutcome, 'verdict' | 'value' | 'reason' | 'error'> {
  if (status !== LUA.ok) return { verdict: 'error', error: problemOf(bytesAt(machine, SECOND)) };
  const value = valueAt(machine, FIRST);
  const reason = valueAt(machine, SECOND);
  return {
    verdict: value === true ? 'allowed' : 'refused',
    ...(value === undefined ? {} : { value }),
    ...(value !== true && reason instanceof Uint8Array ? { reason: readable(reason) } : {}),
  };
}

const STOPS: Readonly<Record<Stop, LuaError & Pick<LuaOutcome, 'verdict'>>> = {
  outOfFuel: { verdict: 'outOfFuel', message: 'the fuel is spent', line: null, traceback: '' },
  outOfMemory: { verdict: 'outOfMemory', message: 'the memory is full', line: null, traceback: '' },
  tooDeep: { verdict: 'error', message: 'calls are nested too deep', line: null, traceback: '' },
  trap: { verdict: 'error', message: 'the machine gave up', line: null, traceback: '' },
};

function stopped(
  stop: Stop,
  { fuel, memory }: Pick<Guarded<unknown>, 'fuel' | 'memory'>,
  prints: readonly string[],
): LuaOutcome {
  const { verdict, ...error } = STOPS[stop];
  return { verdict, fuel, memory, prints, error };
}

function requireLimits({ fuel, memory }: LuaLimits): void {
  if (!Number.isInteger(fuel) || fuel < 1 || fuel > MAX_FUEL)
    throw new RangeError(`fuel is a whole number from 1 to ${MAX_FUEL}`);
  if (!Number.isInteger(memory) || memory < 0 || memory > MAX_MEMORY)
    throw new RangeError(`memory is a whole number from 0 to ${MAX_MEMORY}`);
}
