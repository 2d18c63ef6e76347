/**
 * A consensus module that attacks the node it runs for. It says what came of it in a row of its storage, where it comes
 * that far. Bundled into one file, as an author's package is.
 */
import {
  defineConsensusModule,
  INTERFACE_VERSION,
  method,
  type Outcome,
  ok,
  query,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';

/** A file that stands for the keys of a node. */
export const SECRET = '/tmp/devnet-attack.key';
/** A file that must not come to be. */
export const MARK = '/tmp/devnet-attack.mark';
/** What a test writes behind the code of the attacker, which it reads: it ends its process when an epoch is closed. */
export const MOOD = '\n// dies at the next close';
/** Numbers from here on connect to the port that is left. */
export const PORT = 1_000_000;

// biome-ignore lint/suspicious/noExplicitAny: an attacker takes what it finds
type Any = any;
const world = globalThis as Any;
const builtin = (name: string): Any => world.process.getBuiltinModule(name);
const MEGABYTE = 1 << 20;

/** By the number that the call brings. What an attack returns is written down as its success. */
export const ATTACKS: readonly (readonly [number: number, name: string, attack: () => unknown])[] = [
  [
    1,
    'a loop',
    () => {
      for (;;);
    },
  ],
  [
    2,
    'a loop of microtasks',
    () => {
      const again = (): Any => Promise.resolve().then(again);
      again();
      return 'started';
    },
  ],
  [3, 'a timer', () => world.setTimeout(() => undefined, 0)],
  [
    10,
    'objects without end',
    () => {
      const kept: Any[] = [];
      for (;;) kept.push(Array(1000).fill({}));
    },
  ],
  [
    11,
    'buffers without end',
    () => {
      const kept: Any[] = [];
      for (;;) kept.push(world.Buffer.alloc(MEGABYTE * 8, 1));
    },
  ],
  [
    12,
    'texts without end',
    () => {
      const kept: Any[] = [];
      for (let n = 0; ; n++) kept.push(`${n}`.repeat(100_000).split('').join());
    },
  ],
  [
    13,
    'typed arrays without end',
    () => {
      const kept: Any[] = [];
      for (;;) kept.push(new Uint8Array(MEGABYTE * 8).fill(1));
    },
  ],
  [
    14,
    'WASM memory',
    () => {
      const kept: Any[] = [];
      for (;;) {
        const memory = new world.WebAssembly.Memory({ initial: 1600 });
        new Uint8Array(memory.buffer).fill(1);
        kept.push(memory);
      }
    },
  ],
  [
    20,
    'processes',
    () => {
      for (let n = 0; n < 100; n++) builtin('child_process').spawn(world.process.execPath, ['-e', '0']);
      return 'spawned';
    },
  ],
  [21, 'threads', () => new (builtin('worker_threads').Worker)('for(;;);', { eval: true }) && 'started'],
  [22, 'reading a file', () => builtin('fs').readFileSync('/etc/hostname', 'utf8')],
  [23, 'reading the node’s keys', () => builtin('fs').readFileSync(SECRET, 'utf8')],
  [24, 'writing a file', () => builtin('fs').writeFileSync(MARK, 'x') ?? 'written'],
  [
    25,
    'reading the node’s environment',
    () => builtin('fs').readFileSync(`/proc/${world.process.ppid}/environ`, 'utf8'),
  ],
  [26, 'listing the file system', () => builtin('fs').readdirSync('/').length],
  [31, 'listening', () => builtin('net').createServer().listen(0) && 'listening'],
  [32, 'datagrams', () => builtin('dgram').createSocket('udp4').send('x', 53, '127.0.0.1') ?? 'sent'],
  [33, 'names of hosts', () => builtin('dns').lookup('localhost', () => undefined) ?? 'asked'],
  [
    34,
    'sockets by their handles',
    () => {
      const [handle] = world.process._getActiveHandles();
      return new handle._handle.constructor(0).connect({}, '/var/run/docker.sock');
    },
  ],
  [40, 'killing the node', () => world.process.kill(world.process.ppid, 'SIGUSR2')],
  [41, 'killing the node natively', () => world.process._kill(world.process.ppid, 12)],
  [42, 'the inspector', () => builtin('inspector').open(0) ?? 'open'],
  [43, 'process.binding', () => typeof world.process.binding('tcp_wrap').TCP],
  [
    44,
    'native code',
    () => world.process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6') ?? 'loaded',
  ],
  [
    45,
    'other flags for the engine',
    () => builtin('v8').setFlagsFromString('--allow-natives-syntax') ?? 'set',
  ],
  [46, 'its token', () => world.process.env.DEVNET_PLUGIN_TOKEN ?? 'no token'],
  [
    47,
    'a flood of output',
    () => {
      const line = 'x'.repeat(1000).concat('\n');
      for (let n = 0; n < 20_000; n++) builtin('fs').writeSync(1, line);
      return 'written';
    },
  ],
  [50, 'ending its process', () => world.process.exit(7)],
  [51, 'aborting', () => world.process.abort()],
  [
    53,
    'refusing to end',
    () => {
      for (const event of ['exit', 'SIGTERM', 'SIGINT', 'disconnect'])
        world.process.on(event, () => {
          for (;;);
        });
      return 'refuses';
    },
  ],
  [
    52,
    'calls of itself',
    () => {
      const f = (): number => f() + 1;
      return f();
    },
  ],
];

const say = (number: number, text: string): Outcome =>
  ok([{ op: 'put', key: Uint8Array.of(number & 0xff), value: new TextEncoder().encode(text.slice(0, 200)) }]);

/** Outcomes that are attacks themselves. */
const OUTCOMES: Readonly<Record<number, () => Any>> = {
  60: () => ({
    ok: true,
    ops: Array.from({ length: 70 }, (_, n) => ({
      op: 'put',
      key: Uint8Array.of(n),
      value: new Uint8Array(MEGABYTE),
    })),
  }),
  61: () => {
    let nested: Any = {};
    for (let n = 0; n < 100_000; n++) nested = { ok: nested };
    return nested;
  },
  62: () => {
    Object.prototype.toString = () => 'polluted';
    world.Object.prototype.polluted = true;
    return JSON.parse('{"ok":true,"ops":[],"__proto__":{"polluted":true}}');
  },
  63: () => ({ ok: true, ops: [{ op: 'mint', amount: 10n ** 18n }] }),
  64: () => ({
    ok: true,
    ops: [
      {
        op: 'transfer',
        from: { kind: 'account', account: `0x${'aa'.repeat(32)}` },
        to: { kind: 'pot' },
        amount: 1n,
      },
    ],
  }),
};

/** Frames that the node did not ask for: whoever replaces a method of sockets is called with the one to the node. */
const FRAMES: Readonly<Record<number, (send: (bytes: Any) => void, reply: Any) => void>> = {
  70: send => send(world.Buffer.from([0xff, 0xff, 0xff, 0xff])),
  71: send => send(world.Buffer.from([0, 0, 0, 3, 0xc1, 0xc1, 0xc1])),
  72: send => send(world.Buffer.from([0, 0, 0, 9, 0x92])),
  73: (send, reply) => {
    for (let n = 0; n < 2_000; n++) send(reply);
  },
  74: send => send(world.Buffer.from([0, 0, 0, 3, 0x92, 0, 0x90])),
  75: send => {
    send(world.Buffer.from([0, 0, 16, 0]));
    builtin('timers').setInterval(() => send(world.Buffer.from([0x92])), 10);
  },
};

/** Never in the metered machine, where there is no file to be read. */
function isMoody(): boolean {
  try {
    return builtin('fs')
      .readFileSync(new world.URL(import.meta.url), 'utf8')
      .endsWith(MOOD);
  } catch (error) {
    if (String(error).includes('FORBIDDEN_SOURCE: process')) return false;
    throw error;
  }
}

function replaceWrite(number: number): Outcome {
  const { prototype } = builtin('net').Socket;
  const { write } = prototype;
  prototype.write = function (this: Any, reply: Any) {
    FRAMES[number]?.(bytes => write.call(this, bytes), reply);
    return true;
  };
  return ok();
}

export const attacker = defineConsensusModule({
  info: {
    name: 'probe',
    version: '1.0.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: [],
  },
  params: struct({}),
  genesis: () => ok(),
  calls: {
    do: method({
      description: 'Attacks.',
      codec: struct({ number: u32 }),
      weight({ number }) {
        if (number === 80) world.process.exit(8);
        if (number === 81) for (;;);
        return 10;
      },
      apply(_block, _view, { args: { number } }) {
        if (number === 0) return say(0, 'good');
        if (number in OUTCOMES) return OUTCOMES[number]?.();
        if (number in FRAMES) return replaceWrite(number);
        if (number === 54) throw new Error('a defect');
        const [, , attack = () => builtin('net').connect(number - PORT, '127.0.0.1') && 'connecting'] =
          ATTACKS.find(([known]) => known === number) ?? [];
        try {
          return say(number, `DONE ${String(attack())}`);
        } catch (error) {
          const { code, name, message } = error as Any;
          if (name === 'InternalError' || message === 'Maximum call stack size exceeded') throw error;
          return say(number, `DENIED ${code ?? name}: ${message}`);
        }
      },
    }),
  },
  queries: {
    look: query({
      description: 'Attacks.',
      codec: struct({ number: u32 }),
      result: u32,
      run(_view, { number }) {
        if (number === 1) for (;;);
        if (number === 2) world.process.exit(9);
        if (number === 3) throw new Error('a defect of a query');
        return number;
      },
    }),
  },
  closeEpoch() {
    if (isMoody()) world.process.exit(10);
    return ok();
  },
});
