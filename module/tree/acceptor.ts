/** Accepts proposals of links as a policy says, from when they appear. */
import type { KeyPair } from '../../chain/index.ts';
import { type LinkInfo, RpcError } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../server/site.ts';
import { moduleOf } from '../server/terms.ts';
import type { Clock } from './clock.ts';
import { accepts, type LinkPolicy, offerOf } from './policy.ts';
import { type Watch, watch } from './watch.ts';

export interface AcceptorOptions {
  readonly chain: Chain;
  /** Of the module. */
  readonly key: KeyPair;
  readonly policy: LinkPolicy;
  readonly log: Log;
  readonly clock: Clock;
}

/** Codes from here on are the chain's own refusals (interface page). */
const DOMAIN_ERRORS = 3000;

/** Looks at each proposal once, and again in a later epoch if the chain did not let it be accepted. */
export function startAcceptor({ chain, key, policy, log, clock }: AcceptorOptions): Promise<Watch> {
  /** Hash of the terms and what they were proposed under -> epoch in which that was decided. */
  let decided = new Map<string, number>();

  async function look(): Promise<readonly number[]> {
    const self = await moduleOf(chain, key.address);
    if (self === null) return [];
    const [{ epoch }, open] = await Promise.all([
      chain.getCurrentEpoch(),
      chain.getLinkProposals({ module: self.id }),
    ]);
    const names = new Set(open.map(nameOf));
    decided = new Map([...decided].filter(([name]) => names.has(name)));
    for (const proposal of open) {
      const since = decided.get(nameOf(proposal));
      if (since !== undefined && since >= epoch) continue;
      decided.set(
        nameOf(proposal),
        (await decide(self.id, proposal)) === 'later' ? epoch : Number.MAX_SAFE_INTEGER,
      );
    }
    return [self.id];
  }

  async function decide(self: number, proposal: LinkInfo): Promise<'done' | 'later'> {
    const { parent, child, termsHash } = proposal;
    const other = await chain.getModule({ module: parent === self ? child : parent });
    const offer = offerOf(proposal, self, other);
    if (offer === null) return 'done';
    const said = { side: offer.side, other: other.alias, kind: offer.kind, shareBps: offer.shareBps };
    if (!(await consents(said, () => accepts(policy, offer)))) return 'done';
    try {
      await chain.send({ from: key, call: { kind: 'acceptLink', parent, child, termsHash } });
      log.info(said, 'accepted a link');
      return 'done';
    } catch (error) {
      // What the chain refuses can become possible when other links have ended; what it did not hear is said again.
      if (!(error instanceof RpcError && error.code >= DOMAIN_ERRORS)) throw error;
      log.warn({ ...said, error: error.message }, 'cannot accept a link now');
      return 'later';
    }
  }

  async function consents(said: object, ask: () => Promise<boolean>): Promise<boolean> {
    try {
      const yes = await ask();
      if (!yes) log.info(said, 'left a proposal of a link open: the policy does not accept it');
      return yes;
    } catch (error) {
      log.error({ ...said, error: messageOf(error) }, 'the policy for links failed; the proposal stays open');
      return false;
    }
  }

  return watch({ chain, address: key.address, look, log, clock });
}

const nameOf = ({ parent, child, termsHash, proposal }: LinkInfo): string =>
  `${parent}:${child}:${termsHash}:${proposal?.proposer}:${proposal?.expires}`;
