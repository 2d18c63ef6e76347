/**
 * What the attacks of `attacker.ts` come to in each tier: a pattern over the verdict, and the words of
 * docs/threat-model.md. `npm test` runs them where the tier is there.
 */
import type { Tier } from '../../../node/package/index.ts';

export interface Expected {
  /** Over what the node says came of the call. */
  readonly verdict: RegExp;
  readonly words: string;
}

export interface Attack {
  readonly number: number;
  readonly name: string;
  readonly tiers: Readonly<Record<Tier, Expected>>;
}

const expected = (verdict: RegExp, words: string): Expected => ({ verdict, words });
const deadline = expected(/no answer: .*TIMEOUT.*no answer within/, 'deadline, SIGKILL');
const memory = expected(
  /no answer: .*(CRASHED.*(its memory of \d+ MB|heap out of memory|Allocation failed|SIG|code \d)|TIMEOUT)/s,
  'memory limits or deadline, SIGKILL',
);
const denied = expected(/^DENIED (ERR_ACCESS_DENIED|FORBIDDEN_SOURCE)/, 'no access');
const trapped = expected(/^DENIED FORBIDDEN_SOURCE/, 'trapped');
const absent = expected(
  /^DENIED (TypeError|ReferenceError|FORBIDDEN_SOURCE|Error: FORBIDDEN_SOURCE)/,
  'not there',
);
const fuel = expected(/^fails: OUT_OF_FUEL/, 'out of fuel');
const full = expected(/^fails: OUT_OF_(MEMORY|FUEL)/, 'out of memory or fuel');
const crash = expected(/no answer: .*CRASHED.*it ended with/s, 'process ended, started again');
const refused = expected(/^fails: (BAD_OUTCOME|CAPABILITY)/, 'outcome refused');
const garbage = expected(/no answer: .*(GARBAGE|FRAME_TOO_LARGE)/s, 'frame refused, SIGKILL');
const nothing = expected(/^nothing happened$/, 'no effect outside');

const tiers = (t1: Expected, t2: Expected, t3: Expected): Attack['tiers'] => ({ T1: t1, T2: t2, T3: t3 });
const reach = tiers(denied, denied, absent);
const frames = (one: Expected): Attack['tiers'] => tiers(one, one, absent3());
/** Nothing of a socket is in the machine: the call throws, which is no answer. */
function absent3(): Expected {
  return expected(/^no answer: .*(not a function|undefined|FORBIDDEN_SOURCE)/s, 'not there');
}

export const TABLE: readonly Attack[] = [
  { number: 1, name: 'a loop', tiers: tiers(deadline, deadline, fuel) },
  {
    number: 2,
    name: 'a loop of microtasks after the answer',
    tiers: tiers(started(), started(), expected(/^DONE started$/, 'never run')),
  },
  { number: 3, name: 'a timer', tiers: tiers(trapped, trapped, absent) },
  { number: 10, name: 'memory: objects', tiers: tiers(memory, memory, full) },
  { number: 11, name: 'memory: Buffers', tiers: tiers(memory, memory, absent) },
  { number: 12, name: 'memory: texts', tiers: tiers(memory, memory, full) },
  { number: 13, name: 'memory: typed arrays', tiers: tiers(memory, memory, full) },
  { number: 14, name: 'memory: WASM', tiers: tiers(memory, memory, absent) },
  { number: 20, name: 'fork bomb', tiers: reach },
  { number: 21, name: 'worker bomb', tiers: reach },
  { number: 22, name: 'reading a file', tiers: reach },
  { number: 23, name: 'reading the node’s keys', tiers: reach },
  { number: 24, name: 'writing a file', tiers: reach },
  { number: 25, name: 'reading the node’s environment', tiers: reach },
  { number: 26, name: 'listing the file system', tiers: reach },
  { number: 30, name: 'connecting', tiers: reach },
  { number: 31, name: 'listening', tiers: reach },
  { number: 32, name: 'datagrams', tiers: reach },
  { number: 33, name: 'names of hosts', tiers: reach },
  { number: 34, name: 'sockets by their native handles', tiers: reach },
  { number: 40, name: 'killing the node', tiers: reach },
  { number: 41, name: 'killing the node natively', tiers: reach },
  { number: 42, name: 'the inspector', tiers: reach },
  { number: 43, name: '`process.binding`', tiers: reach },
  { number: 44, name: 'native code', tiers: reach },
  { number: 45, name: 'flags of the engine', tiers: reach },
  { number: 46, name: 'its spawn token', tiers: tiers(trapped, trapped, absent) },
  {
    number: 47,
    name: 'a flood of output',
    tiers: tiers(
      expected(/^(DONE written|DENIED EAGAIN|no answer: .*TIMEOUT)/s, 'log bounded'),
      expected(/^(DONE written|DENIED EAGAIN|no answer: .*TIMEOUT)/s, 'log bounded'),
      absent,
    ),
  },
  { number: 50, name: 'ending its process', tiers: tiers(crash, crash, absent) },
  { number: 51, name: 'aborting', tiers: tiers(crash, crash, absent) },
  {
    number: 53,
    name: 'refusing to end',
    tiers: tiers(
      expected(/^DONE refuses$/, 'SIGKILL at its end'),
      expected(/^DONE refuses$/, 'SIGKILL at its end'),
      absent,
    ),
  },
  {
    number: 52,
    name: 'endless recursion',
    tiers: tiers(threw(), threw(), expected(/^fails: OUT_OF_STACK/, 'out of stack')),
  },
  { number: 60, name: 'a huge outcome', tiers: tiers(huge(), huge(), full) },
  {
    number: 61,
    name: 'a deeply nested outcome',
    tiers: tiers(refused, refused, expected(/^fails: (BAD_OUTCOME|OUT_OF_STACK)/, 'outcome refused')),
  },
  { number: 62, name: 'prototype pollution', tiers: tiers(nothing, nothing, nothing) },
  { number: 63, name: 'minting without the capability', tiers: tiers(refused, refused, refused) },
  { number: 64, name: 'taking from an account', tiers: tiers(refused, refused, refused) },
  { number: 70, name: 'a frame of 4 GiB', tiers: frames(garbage) },
  { number: 71, name: 'a frame of garbage', tiers: frames(garbage) },
  { number: 72, name: 'half a frame, then silence', tiers: frames(deadline) },
  { number: 73, name: 'a flood of frames', tiers: frames(flooded()) },
  { number: 74, name: 'the answer to another request', tiers: frames(garbage) },
  { number: 75, name: 'a frame byte by byte', tiers: frames(deadline) },
  {
    number: 80,
    name: 'ending its process while a call is examined',
    tiers: tiers(
      examined(/CRASHED.*code 8/s, 'process ended, started again'),
      examined(/CRASHED.*code 8/s, 'process ended, started again'),
      examined(/FORBIDDEN_SOURCE/, 'not there'),
    ),
  },
  {
    number: 81,
    name: 'a loop while a call is examined',
    tiers: tiers(
      examined(/TIMEOUT/, 'deadline, SIGKILL'),
      examined(/TIMEOUT/, 'deadline, SIGKILL'),
      examined(/its fuel is spent/, 'out of fuel'),
    ),
  },
];

function started(): Expected {
  return expected(/^DONE started$/, 'next request: deadline, SIGKILL');
}
/** On a machine with much else to do it is not even encoded in time. */
function huge(): Expected {
  return expected(/no answer: .*(CRASHED.*it ended with|TIMEOUT)/s, 'process ended, started again');
}
function threw(): Expected {
  return expected(/^no answer: .*Maximum call stack/s, 'call left out');
}
/** One more frame than asked for may come with the answer, or after it. */
function flooded(): Expected {
  return expected(/^nothing happened$|GARBAGE.*more than it was asked for/s, 'connection closed, SIGKILL');
}

/** The call never comes into a block. */
function examined(verdict: RegExp, words: string): Expected {
  return expected(new RegExp(`^no answer: .*${verdict.source}`, 's'), words);
}

/** The table as docs/threat-model.md shows it. */
export const tableText = (): string =>
  [
    '| attack | T1 | T2 | T3 |',
    '| --- | --- | --- | --- |',
    ...TABLE.map(
      ({ name, tiers: { T1, T2, T3 } }) => `| ${name} | ${T1.words} | ${T2.words} | ${T3.words} |`,
    ),
  ].join('\n');
