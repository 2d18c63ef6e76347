/**
 * Entry of the process of a consensus module: `child.js <socket> <module URL> <export>`, with the token in the
 * environment. Connects, says who it is, and serves the node until the connection ends.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { format } from 'node:util';
import { clip } from '../../../chain/kernel/failure.ts';
import { withTraps } from '../../../consensus/compliance/traps.ts';
import {
  type ConsensusModule,
  decode,
  encode,
  type Hex,
  INTERFACE_VERSION,
} from '../../../consensus/interface/index.ts';
import { describe } from '../describe.ts';
import { FrameReader, framed } from '../frames.ts';
import {
  Described,
  HANDSHAKE_FRAME,
  Hello,
  MAX_FRAME,
  PROTOCOL_VERSION,
  Reply,
  Request,
  Welcome,
} from '../wire.ts';
import { confine } from './confine.ts';
import { createLocate } from './locate.ts';
import { codeHere, createServer } from './serve.ts';

/** Lines that the code may print while one job runs, and characters of each. */
const MAX_PRINTS = 100;
const MAX_LINE = 1_000;

const [, , socketPath = '', moduleUrl = '', exportName = ''] = process.argv;

// The code of the module has no use for them.
const token = process.env.DEVNET_PLUGIN_TOKEN as Hex;
const isConfined = process.env.DEVNET_PLUGIN_CONFINED === '1';
const isMetered = process.env.DEVNET_PLUGIN_METERED === '1';
const engine = process.env.DEVNET_PLUGIN_ENGINE;
for (const name of Object.keys(process.env)) if (name.startsWith('DEVNET_')) delete process.env[name];

const socket = connect(socketPath);
socket.on('error', error => leave(`the connection to the node failed: ${error.message}`));
await once(socket, 'connect');
if (isConfined) confine(socket);

interface Loaded {
  readonly info: ConsensusModule['info'];
  readonly description: string;
  serve(request: Request): Reply;
}
const prints = createPrints();
const { info, description, serve } = isMetered ? await loadMetered() : await loadHere();
const reader = new FrameReader(HANDSHAKE_FRAME);
let greeted = false;
send(
  encode(Hello, {
    protocol: PROTOCOL_VERSION,
    interfaceVersion: INTERFACE_VERSION,
    token,
    name: info.name,
    version: info.version,
  }),
);
socket.on('data', piece => {
  reader.push(piece);
  for (let frame = reader.next(); frame !== null; frame = reader.next()) take(frame);
});
// The node is gone, or done with this process.
socket.on('close', () => process.exit(0));

function take(frame: Uint8Array): void {
  if (!greeted) {
    greet(frame);
    return;
  }
  const request = decode(Request, frame);
  send(encode(Reply, serve(request)));
}

function greet(frame: Uint8Array): void {
  const answer = decode(Welcome, frame);
  if (answer.kind === 'refused') leave(`${answer.code}: ${answer.message}`);
  greeted = true;
  reader.limit = MAX_FRAME;
  send(encode(Described, { description }));
}

function send(payload: Uint8Array): void {
  socket.write(framed(payload, MAX_FRAME));
}

/** The code runs in this process, with clock and randomness trapped. */
async function loadHere(): Promise<Loaded> {
  const loaded: Readonly<Record<string, unknown>> = await import(moduleUrl);
  const module = moduleOf(loaded[exportName]);
  const print = (...values: unknown[]): void => prints.add(format(...values));
  Object.assign(console, { log: print, info: print, debug: print, warn: print, error: print, trace: print });
  const answer = createServer(codeHere(module), prints.take, createLocate(moduleUrl));
  return {
    info: module.info,
    description: JSON.stringify(describe(module)),
    serve: request => withTraps(() => answer(request)),
  };
}

/** The code runs in the metered machine: nothing of it is ever loaded here. */
async function loadMetered(): Promise<Loaded> {
  const [{ machineModule, PLUGIN_MODULE }, { loadProgram }] = await Promise.all([
    import('../../machine/code.ts'),
    import('../../machine/program.ts'),
  ]);
  const code = await readFile(new URL(moduleUrl), 'utf8');
  const machine = machineModule({ ...loadProgram(engine), code, exportName }, prints.add);
  const serve = createServer(machine.code, prints.take, createLocate(moduleUrl, PLUGIN_MODULE));
  return { info: machine.shell.info, description: machine.description, serve };
}

interface PrintBuffer {
  add(text: string): void;
  /** What was printed since the last time; it goes to the node with the result of the job. */
  take(): readonly string[];
}

function createPrints(): PrintBuffer {
  let lines: string[] = [];
  return {
    add(text) {
      if (lines.length < MAX_PRINTS) lines.push(clip(text, MAX_LINE));
    },
    take() {
      const taken = lines;
      lines = [];
      return taken;
    },
  };
}

function moduleOf(value: unknown): ConsensusModule {
  if (typeof value === 'object' && value !== null && 'info' in value && 'calls' in value)
    return value as ConsensusModule;
  return leave(`${moduleUrl} has no consensus module ${exportName}`);
}

function leave(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
