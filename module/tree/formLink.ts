/** Makes a link where one program has the keys of both sides, as in examples and tests. */
import type { KeyPair } from '../../chain/index.ts';
import type { LinkKind } from '../../consensus/interface/index.ts';
import type { LinkInfo } from '../../node/client/index.ts';
import type { Chain } from '../chain.ts';

export interface FormLinkOptions {
  readonly client: Chain;
  readonly parent: KeyPair;
  readonly child: KeyPair;
  readonly kind: LinkKind;
  /** In 1/10,000 of the parent's revenue. */
  readonly shareBps: number;
  /** Unique below the parent; the child's own when absent. */
  readonly alias?: string | undefined;
}

/**
 * Proposes a link and accepts it; the terms hold from the next epoch on. Does nothing where they hold already. Rejects
 * with the chain's RpcError.
 */
export async function formLink(options: FormLinkOptions): Promise<void> {
  const { client, parent, child, kind, shareBps } = options;
  const [above, below, { epoch }] = await Promise.all([
    client.getModule({ module: parent.address }),
    client.getModule({ module: child.address }),
    client.getCurrentEpoch(),
  ]);
  const alias = options.alias ?? below.alias;
  const isWanted = (link: LinkInfo): boolean =>
    link.child === below.id && link.kind === kind && link.shareBps === shareBps && link.alias === alias;
  const links = await client.getLinkChildren({ module: above.id });
  const holds = links.some(link => isWanted(link) && link.fromEpoch !== null && link.untilEpoch === null);
  if (holds) return;
  const metadata = { kind: 'inline', data: new Uint8Array() } as const;
  const terms = { parent: above.id, child: below.id, kind, shareBps, alias, metadata };
  await client.send({ from: parent, call: { kind: 'proposeLink', terms, expires: epoch + OPEN_EPOCHS } });
  const proposals = await client.getLinkProposals({ module: above.id });
  // Not there any more: a policy of the child's server has accepted it.
  const mine = proposals.find(isWanted);
  if (mine === undefined) return;
  const call = { kind: 'acceptLink', parent: above.id, child: below.id, termsHash: mine.termsHash } as const;
  await client.send({ from: child, call }).catch((error: unknown) => {
    // The child's server has a policy that was faster.
    if (!(error instanceof Error && error.name === 'UNKNOWN_PROPOSAL')) throw error;
  });
}

const OPEN_EPOCHS = 10;
