import assert from 'node:assert/strict';
import { stakesOf, TOKEN } from '../../../chain/index.ts';
import { toAccount as accountOf } from '../../../node/rpc/addresses.ts';
import { alice, blockWhere, signed, untilFinal } from '../support/cluster.ts';
import { type Hosted, type Written, withHost } from './support.ts';

/** Does one thing with each capability, and prints what came of it. */
const tries = `
const ways = {
  read: api => api.read('chain_head').then(head => typeof head.height),
  account: api => api.read('account_get', { address: api.address }).then(account => account.free),
  dev: api => api.read('dev_mine'),
  submit: api => api.read('tx_submit', { tx: '0x00' }),
  subscribe: api => api.subscribe('chain', () => undefined).then(() => 'subscribed'),
  send: api => api.send({ kind: 'transfer', to: api.address, amount: '1' }).then(({ hash }) => hash),
  message: api => api.message('other', { hello: 1 }).then(() => 'told'),
  vote: api => api.vote(1, 'yes'),
  sendVote: api => api.send({ kind: 'vote', proposal: 1, choice: 'yes' }),
};
export default {
  async start(api) {
    for (const [way, run] of Object.entries(ways))
      console.log(way + ': ' + (await run(api).catch(error => error.code + ' ' + error.message)));
    console.log('done');
  },
};
`;
const other: Written = {
  name: 'other',
  capabilities: ['communication'],
  code: `export default { start() {}, message(from, body) { console.log('heard ' + from + ' ' + JSON.stringify(body)); } };`,
};

async function outcomes(hosted: Hosted): Promise<Record<string, string>> {
  await hosted.heard.printed('done');
  const lines = hosted.heard.lines.flatMap(({ line, plugin }) =>
    typeof line === 'string' && plugin === 'service tries@1.0.0' ? [line] : [],
  );
  return Object.fromEntries(lines.map(line => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]));
}
const plugin = (capabilities: readonly string[]): Written => ({
  name: 'tries',
  capabilities,
  code: tries,
  tables: '[dependencies]\nother = ">=1.0.0"',
});

describe('what a service may', () => {
  it('is nothing without a capability, each by name', () =>
    withHost({ plugins: [plugin([]), other] }, async hosted => {
      const found = await outcomes(hosted);
      for (const [way, capability] of [
        ['read', 'read_blockchain'],
        ['account', 'read_blockchain'],
        ['subscribe', 'subscribe_events'],
        ['send', 'send_transactions'],
        ['message', 'communication'],
        ['vote', 'governance_vote'],
      ] as const)
        assert.match(
          found[way] ?? '',
          new RegExp(`^CAPABILITY_MISSING tries lacks the capability ${capability} for`),
          way,
        );
      assert.match(found.dev ?? '', /^METHOD_NOT_FOUND/);
      assert.match(found.submit ?? '', /^METHOD_NOT_FOUND/);
    }));

  it('is what each capability names, and nothing of the node beyond', () =>
    withHost(
      {
        plugins: [
          plugin([
            'read_blockchain',
            'subscribe_events',
            'send_transactions',
            'communication',
            'governance_vote',
          ]),
          other,
        ],
      },
      async hosted => {
        const found = await outcomes(hosted);
        assert.equal(found.read, 'number');
        assert.equal(found.account, '0');
        assert.equal(found.subscribe, 'subscribed');
        assert.equal(found.message, 'told');
        // The chain knows no such proposal; before it says so the fee must be there.
        for (const way of ['vote', 'sendVote'])
          assert.match(found[way] ?? '', /^(NO_SUCH_PROPOSAL|FEE_NOT_PAYABLE)/);
        // It has no money of its own, and nobody else's key.
        assert.match(found.send ?? '', /^(INSUFFICIENT_BALANCE|FEE_NOT_PAYABLE)/);
        assert.match(found.dev ?? '', /^METHOD_NOT_FOUND/);
        assert.match(found.submit ?? '', /^METHOD_NOT_FOUND/);
        assert.equal(await hosted.heard.printed('heard'), 'heard tries {"hello":1}');
      },
    ));

  it('is one alone: another one beside it is denied', () =>
    withHost({ plugins: [plugin(['read_blockchain']), other] }, async hosted => {
      const found = await outcomes(hosted);
      assert.equal(found.read, 'number');
      for (const way of ['subscribe', 'send', 'message', 'vote', 'sendVote'])
        assert.match(found[way] ?? '', /^CAPABILITY_MISSING/, way);
    }));

  it('is not to vote by sending a transaction', () =>
    withHost({ plugins: [plugin(['send_transactions']), other] }, async hosted => {
      const found = await outcomes(hosted);
      assert.match(found.send ?? '', /^(INSUFFICIENT_BALANCE|FEE_NOT_PAYABLE)/);
      assert.match(found.sendVote ?? '', /^CAPABILITY_MISSING tries lacks the capability governance_vote/);
    }));

  it('is to send with a key of its own, in any order of its requests', () =>
    withHost(
      {
        plugins: [
          {
            name: 'sender',
            capabilities: ['send_transactions', 'subscribe_events', 'read_blockchain'],
            code: `
export default {
  async start(api) {
    await api.subscribe('tx', async notice => {
      console.log('final ' + notice.kind + ' ' + notice.from + ' ' + notice.ok);
      if (notice.kind !== 'dev') return;
      const sent = await Promise.all([1, 2, 3].map(amount =>
        api.send({ kind: 'transfer', to: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY', amount: String(amount) })));
      console.log('sent ' + sent.map(({ hash }) => hash).join(' '));
    });
    console.log('address ' + api.address);
  },
};`,
          },
        ],
      },
      async ({ node, heard, plugin: find }) => {
        const address = (await heard.printed('address')).split(' ')[1] ?? '';
        assert.equal(find('sender').address, address);
        await node.dev?.mint(accountOf(address), TOKEN);
        const hashes = (await heard.printed('sent')).split(' ').slice(1);
        for (const hash of hashes) {
          const status = await untilFinal(node, hash as `0x${string}`);
          assert.ok(status.status === 'final' && status.outcome.ok);
        }
        await heard.printed(`final transfer ${address} true`);
      },
    ));

  it('is to vote with the stake of its own account', () =>
    withHost(
      {
        plugins: [
          {
            name: 'voter',
            // Staking is a transaction like others; the vote is not.
            capabilities: ['send_transactions', 'governance_vote', 'subscribe_events', 'read_blockchain'],
            code: `
let staked = false;
export default {
  async start(api) {
    // Two notices may come before the block with what the first one sent.
    await api.subscribe('epoch', async () => {
      const [{ validator }] = await api.read('stake_validators');
      const { free } = await api.read('account_get', { address: api.address });
      if (free === '0' || staked) return;
      staked = true;
      await api.send({ kind: 'stake', target: { kind: 'validator', validator }, amount: '5' });
    });
    await api.subscribe('gov', async notice => {
      console.log(notice.kind + ' ' + JSON.stringify(notice));
      if (notice.kind === 'proposed') await api.vote(notice.proposal, 'no');
      if (notice.kind !== 'concluded') return;
      const { status, tally } = await api.read('gov_get', { proposal: notice.proposal });
      const votes = await api.read('gov_votes', { proposal: notice.proposal });
      console.log('read ' + status + ' ' + tally.no + ' ' + (votes[0].voter === api.address));
    });
    console.log('address ' + api.address);
  },
};`,
          },
        ],
      },
      async ({ node, heard }) => {
        const address = (await heard.printed('address')).split(' ')[1] ?? '';
        await node.dev?.mint(accountOf(address), TOKEN);
        await node.dev?.advanceEpoch(1);
        await blockWhere(node, () => stakesOf(node.state(), accountOf(address)).length > 0);
        await node.dev?.advanceEpoch(1);
        const content = { kind: 'text', uri: 'ipfs:plan', sha256: `0x${'00'.repeat(32)}` } as const;
        await untilFinal(
          node,
          await node.submit(signed(alice, 0, { kind: 'propose', title: 'a plan', content })),
        );
        const voted = JSON.parse((await heard.printed('voted')).slice('voted '.length));
        assert.equal(voted.voter, address);
        assert.equal(voted.choice, 'no');
        assert.equal(voted.weight, '5');
        await node.dev?.advanceEpoch(2);
        assert.equal(await heard.printed('read'), 'read noQuorum 5 true');
      },
    ));
});
