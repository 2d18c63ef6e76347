/**
 * Entry of the process of a consensus module: `child.js <socket> <module URL> <export>`, with the token in the
 * environment. Connects, says who it is, and serves the node until the connection ends.
 */
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
import { codeHere, createServer } from './serve.ts';

/** Lines that the code may print while one job runs, and characters of each. */
const MAX_PRINTS = 100;
const MAX_LINE = 1_000;

const [, , socketPath = '', moduleUrl = '', exportName = ''] = process.argv;

// The code of the module has no use for it.
const token = process.env.DEVNET_PLUGIN_TOKEN as Hex;
delete process.env.DEVNET_PLUGIN_TOKEN;
const loaded: Readonly<Record<string, unknown>> = await import(moduleUrl);
const module = moduleOf(loaded[exportName]);

const prints = capturePrints();
const serve = createServer(codeHere(module), prints);
const socket = connect(socketPath);
const reader = new FrameReader(HANDSHAKE_FRAME);
let greeted = false;

socket.on('connect', () => {
  const { name, version } = module.info;
  send(
    encode(Hello, { protocol: PROTOCOL_VERSION, interfaceVersion: INTERFACE_VERSION, token, name, version }),
  );
});
socket.on('data', piece => {
  reader.push(piece);
  for (let frame = reader.next(); frame !== null; frame = reader.next()) take(frame);
});
socket.on('error', error => leave(`the connection to the node failed: ${error.message}`));
// The node is gone, or done with this process.
socket.on('close', () => process.exit(0));

function take(frame: Uint8Array): void {
  if (!greeted) {
    greet(frame);
    return;
  }
  const request = decode(Request, frame);
  const reply = withTraps(() => serve(request));
  send(encode(Reply, reply));
}

function greet(frame: Uint8Array): void {
  const answer = decode(Welcome, frame);
  if (answer.kind === 'refused') leave(`${answer.code}: ${answer.message}`);
  greeted = true;
  reader.limit = MAX_FRAME;
  send(encode(Described, { description: JSON.stringify(describe(module)) }));
}

function send(payload: Uint8Array): void {
  socket.write(framed(payload, MAX_FRAME));
}

/** What the code prints goes to the node with the result of the job; before and between, to this process' output. */
function capturePrints(): () => readonly string[] {
  let lines: string[] = [];
  const print = (...values: unknown[]): void => {
    if (lines.length < MAX_PRINTS) lines.push(clip(format(...values), MAX_LINE));
  };
  Object.assign(console, { log: print, info: print, debug: print, warn: print, error: print, trace: print });
  return () => {
    const taken = lines;
    lines = [];
    return taken;
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
