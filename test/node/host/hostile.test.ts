import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { HUB_LIMITS } from '../../../node/host/hub.ts';
import { LIFE_LIMITS } from '../../../node/host/life.ts';
import { blocksGoOn, HASTY, type Hosted, type Line, type Written, withHost } from './support.ts';

const villain = (code: string, capabilities: readonly string[] = []): Written => ({
  name: 'villain',
  capabilities,
  code,
});
const isCrash = ({ message }: Line): boolean => message === 'a service plugin crashed and is started again';
const isQuarantine = ({ message }: Line): boolean => message.includes('put into quarantine');

/** What the log says of the first crash. */
async function firstCrash({ heard }: Hosted): Promise<string> {
  const { plugin, height, err } = await heard.until(isCrash);
  assert.equal(plugin, 'service villain@1.0.0');
  assert.equal(typeof height, 'number');
  return String(err);
}

const EVERYTHING = ['read_blockchain', 'subscribe_events', 'communication'];

/** At each point of its life: what it does, what is said, and whether it was loaded before. */
const crashes: readonly (readonly [when: string, code: string, says: RegExp, loads: boolean])[] = [
  [
    'before the handshake, while its file is read',
    `throw new Error('not today');`,
    /START: plugin service villain@1\.0\.0, its start: it ended with code 1: [\s\S]*not today/,
    false,
  ],
  [
    'before the handshake, by leaving',
    'process.exit(3); export default { start() {} };',
    /START.*it ended with code 3/,
    false,
  ],
  [
    'before the handshake, without a service in it',
    'export default { begin() {} };',
    /START.*has no service default/,
    false,
  ],
  [
    'after the handshake, before its start is done',
    'export default { start() { process.exit(4); } };',
    /CRASHED: plugin service villain@1\.0\.0, start: (it ended with code 4|it closed)/,
    false,
  ],
  [
    'in its start, by an exception',
    `export default { async start() { throw new Error('no licence'); } };`,
    /ServiceFailure: Error: no licence/,
    false,
  ],
  [
    'in an event handler, by leaving',
    // Not at the first: that one may come before its start is done.
    `let heard = 0;
     export default { start: api => api.subscribe('chain', () => { if (++heard > 2) process.exit(5); }) };`,
    /CRASHED.*a notice of chain: (it ended with code 5|it closed)/,
    true,
  ],
  [
    'outside of any handler, by a rejection that nobody catches',
    `export default { start() { setTimeout(() => Promise.reject(new Error('lost')), 50); } };`,
    /CRASHED.*code 1: [\s\S]*lost/,
    true,
  ],
  [
    'by an endless loop in an event handler',
    `let heard = 0;
     export default { start: api => api.subscribe('chain', () => { while (++heard > 2); }) };`,
    /TIMEOUT.*(a ping|its work).*no answer within 3000 ms/,
    true,
  ],
  [
    'by holding too much memory outside of the heap',
    `const held = [];
     export default { start() { setInterval(() => held.push(Buffer.alloc(32 << 20, 1)), 20); } };`,
    /MEMORY.*it holds \d+ bytes, at most \d+ are allowed/,
    true,
  ],
  [
    'by asking for more than anybody may, without waiting',
    `export default { start(api) { setInterval(() => { for (let i = 0; i < 500; i++) api.read('chain_head').catch(() => 0); }, 1); } };`,
    /FLOOD: plugin service villain@1\.0\.0, chain_head: it asks more than 200 times a second/,
    true,
  ],
];

describe('a hostile service', () => {
  for (const [when, code, says, loads] of crashes)
    it(`crashes ${when}: blocks go on, and it is said`, async function () {
      this.timeout(60_000);
      await withHost({ plugins: [villain(code, EVERYTHING)], hosting: CAREFUL }, async hosted => {
        assert.match(await firstCrash(hosted), says);
        const notices = hosted.heard.lines.filter(({ message }) => message === 'a service plugin is loaded');
        assert.equal(notices.length > 0, loads);
        await blocksGoOn(hosted);
        const { restarts, errors, lastError } = hosted.plugin('villain');
        assert.ok(errors >= 1 && restarts >= 0);
        assert.match(lastError ?? '', new RegExp(says.source.replace(/^\/?ServiceFailure: /, '')));
      });
    });

  it('is put into quarantine when it crashes too often, until a command', () =>
    withHost({ plugins: [villain('export default { start() { process.exit(4); } };')] }, async hosted => {
      const { err } = await hosted.heard.until(isQuarantine);
      assert.match(String(err), /CRASHED/);
      const { state, reason, restarts } = hosted.plugin('villain');
      assert.equal(state, 'quarantined');
      assert.match(reason ?? '', /^3 crashes within 60 s, the last: CRASHED/);
      assert.equal(restarts, 2);
      const { length } = hosted.heard.lines;
      await blocksGoOn(hosted, 3);
      assert.ok(!hosted.heard.lines.slice(length).some(isCrash), 'it stays put away');
      await hosted.node.plugins().release('villain');
      await hosted.heard.until(isQuarantine, length);
      assert.equal(hosted.plugin('villain').restarts, 5);
      await assert.rejects(hosted.node.plugins().release('nobody'), { code: 'UNKNOWN_PLUGIN' });
    }));

  it('gets no answer for the rest, and its neighbour does', () =>
    withHost(
      {
        plugins: [
          villain(
            `export default { async start(api) {
               const all = await Promise.allSettled(Array.from({ length: 1500 }, () => api.read('chain_head')));
               const refused = all.filter(({ reason }) => reason?.code === 'RATE_LIMITED').length;
               console.log('flood ' + refused + ' of ' + all.length);
             } };`,
            EVERYTHING,
          ),
          {
            name: 'neighbour',
            capabilities: ['read_blockchain'],
            code: `export default { async start(api) { console.log('neighbour ' + typeof (await api.read('chain_head')).height); } };`,
          },
        ],
      },
      async hosted => {
        const refused = Number((await hosted.heard.printed('flood')).split(' ')[1]);
        assert.ok(refused >= 500 && refused < 1500, String(refused));
        assert.equal(await hosted.heard.printed('neighbour'), 'neighbour number');
        await blocksGoOn(hosted);
      },
    ));

  it('that handles events slowly loses some, and hears how many', () =>
    withHost(
      {
        plugins: [
          villain(
            `let seen = 0;
             export default { async start(api) {
               await api.subscribe('chain', async (head, dropped) => {
                 if (dropped > 0) console.log('dropped ' + dropped);
                 if (seen++ > 0) return;
                 while ((await api.read('chain_head')).height < head.height + 290)
                   await new Promise(go => setTimeout(go, 50));
               });
               console.log('listening');
             } };`,
            EVERYTHING,
          ),
        ],
      },
      async hosted => {
        await hosted.heard.printed('listening');
        await blocksGoOn(hosted, 1);
        await hosted.node.dev?.mine(300);
        const lost = Number((await hosted.heard.printed('dropped')).split(' ')[1]);
        assert.ok(lost > 0, String(lost));
      },
    ));

  it('gets a clean environment, a directory of its own, and of the node its API alone', () =>
    withHost(
      {
        plugins: [
          villain(`export default { start(api) {
            console.log('environment ' + JSON.stringify(Object.keys(process.env).filter(name => name !== 'TSX_TSCONFIG_PATH')));
            console.log('in ' + process.cwd() + ' ' + api.directory);
            console.log('api ' + Object.keys(api).sort().join(' '));
          } };`),
        ],
      },
      async ({ heard }) => {
        const environment = (await heard.printed('environment')).slice('environment '.length);
        assert.deepEqual(JSON.parse(environment), []);
        const [, cwd, directory] = (await heard.printed('in ')).split(' ');
        assert.equal(cwd, directory);
        assert.match(directory ?? '', /plugins\/villain\/data$/);
        assert.equal(
          await heard.printed('api '),
          'api address directory message name read send settings subscribe version vote',
        );
      },
    ));

  it('that answers nothing at the end does not keep the node', async () => {
    const heard = await withHostStopped(
      villain(`export default { start() { console.log('up'); }, stop: () => new Promise(() => undefined) };`),
    );
    const { call, err } = await heard.until(({ message }) => message === 'a service plugin failed');
    assert.equal(call, 'stop');
    assert.match(String(err), /TIMEOUT.*its stop.*500 ms/);
  });

  it('that throws at the end is heard', async () => {
    const heard = await withHostStopped(
      villain(`export default { start() { console.log('up'); }, stop() { throw new Error('not yet'); } };`),
    );
    const { err } = await heard.until(({ message }) => message === 'a service plugin failed');
    assert.match(String(err), /not yet/);
  });
});

/** Two seconds of memory and a little; a crash is seen and not repeated too fast. */
const CAREFUL: typeof HASTY = {
  ...HASTY,
  life: { ...LIFE_LIMITS, ...HASTY.life, backOff: 100, memory: 256 * 1024 * 1024 },
  hub: HUB_LIMITS,
};

async function withHostStopped(plugin: Written) {
  let heard: Hosted['heard'] | undefined;
  await withHost({ plugins: [plugin] }, async hosted => {
    heard = hosted.heard;
    await heard.printed('up');
    await heard.until(({ message }) => message === 'a service plugin is loaded');
  });
  assert.ok(heard);
  return heard;
}

/** Processes that break the protocol itself, in place of the usual one. */
describe('a process that is no service', () => {
  const rogue = (way: string): typeof HASTY => ({
    ...CAREFUL,
    // Nobody comes, however slow the machine is.
    handshakeDeadline: way === 'silent' ? 1_000 : 5_000,
    command: ({ directory }) => ({
      file: process.execPath,
      args: [fileURLToPath(new URL('./rogue.js', import.meta.url))],
      env: { ROGUE: way },
      cwd: directory,
    }),
  });
  const ways: readonly (readonly [string, RegExp])[] = [
    ['wrong token', /HANDSHAKE.*turned away: a wrong token/],
    ['old protocol', /HANDSHAKE.*it speaks protocol 9 and interface 1, this node protocol 1/],
    ['other name', /WRONG_PLUGIN.*it is another@1\.0\.0, started was villain@1\.0\.0/],
    ['silent', /HANDSHAKE.*nobody came in within 1000 ms/],
    ['giant frame', /FRAME_TOO_LARGE.*a frame of 4294967295 bytes/],
    ['garbage', /GARBAGE.*its next frame/],
    ['answers what nobody asked', /GARBAGE.*it did what nobody had asked for/],
    ['half a frame', /TIMEOUT.*start.*no answer within 2000 ms/],
    ['reads nothing', /FLOOD.*it leaves \d+ bytes unread/],
  ];
  for (const [way, says] of ways)
    it(`is ended: ${way}`, async function () {
      this.timeout(60_000);
      const hosting = rogue(way);
      const life = { ...LIFE_LIMITS, ...hosting.life, startDeadline: 2_000 };
      const capabilities = ['read_blockchain'];
      await withHost(
        {
          plugins: [villain('export default { start() {} };', capabilities)],
          hosting: { ...hosting, life, unread: 64 * 1024 },
        },
        async hosted => {
          assert.match(await firstCrash(hosted), says);
          await blocksGoOn(hosted);
        },
      );
    });
});
