import type { Client, LinkInfo, LinkTree } from '../../node/client/index.ts';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import { inline, sent } from './modules.ts';
import type { Register } from './types.ts';
import { reference, whole } from './words.ts';

interface ProposeFlags {
  readonly from: string;
  readonly share: string;
  readonly kind: string;
  readonly alias?: string;
  readonly metadata?: string;
  readonly epochs: string;
}

interface AcceptFlags {
  readonly from: string;
  readonly share?: string;
}

const KINDS = ['replica', 'subnet', 'custom'] as const;

export const registerLinks: Register = (program, run) => {
  const link = program.command('link').description('links: parent, child and the share of the revenue');
  link
    .command('propose')
    .description('propose a link; the other side accepts the same terms')
    .argument('<parent>', 'alias or id')
    .argument('<child>', 'alias or id')
    .requiredOption('--from <who>', "the parent's or the child's key")
    .requiredOption('--share <percent>', "part of the parent's revenue, e.g. 30 or 12.5")
    .option('--kind <kind>', KINDS.join(', '), 'replica')
    .option('--alias <alias>', "the child's name below this parent (default: its alias)")
    .option('--metadata <text>', 'up to 120 bytes')
    .option('--epochs <count>', 'how many epochs it can be accepted', '10')
    .action((parent: string, child: string, flags: ProposeFlags) =>
      run.withContext(context => propose(context, parent, child, flags)),
    );
  link
    .command('accept')
    .description('accept the open proposal between two modules, for a link or for other terms of one')
    .argument('<parent>')
    .argument('<child>')
    .requiredOption('--from <who>', 'the key of the side that did not propose')
    .option('--share <percent>', 'only if it is at this share')
    .action((parent: string, child: string, flags: AcceptFlags) =>
      run.withContext(context => accept(context, parent, child, flags)),
    );
  link
    .command('proposals')
    .description('open proposals of a module, or with --from those that your module can accept')
    .argument('[module]', 'alias or id')
    .option('--from <who>', 'the key of the module, instead of its name')
    .action((module: string | undefined, { from }: { from?: string }) =>
      run.withContext(context => proposals(context, module, from)),
    );
  link
    .command('dissolve')
    .description('end a link at the next epoch, or withdraw a proposal')
    .argument('<parent>')
    .argument('<child>')
    .requiredOption('--from <who>', 'the key of either side')
    .action((parent: string, child: string, { from }: { from: string }) =>
      run.withContext(async context => {
        const open = await context.client.getLink({ parent: reference(parent), child: reference(child) });
        return sent(
          context,
          from,
          { kind: 'dissolveLink', parent: open.parent, child: open.child },
          `${parent} -> ${child} ends`,
        );
      }),
    );
  link
    .command('list')
    .description('links of a module')
    .argument('<module>')
    .action((module: string) => run.withContext(context => list(context, module)));
  link
    .command('tree')
    .description('the tree below a module')
    .argument('<module>')
    .action((module: string) =>
      run.withContext(async ({ client }) => {
        const value = await client.getLinkTree({ module: reference(module) });
        return { value, text: drawTree(value) };
      }),
    );
};

async function propose(
  context: Context,
  parent: string,
  child: string,
  flags: ProposeFlags,
): Promise<Answer> {
  const kind = KINDS.find(known => known === flags.kind);
  if (kind === undefined) throw usageError(`${flags.kind} is no kind of link`, `kinds: ${KINDS.join(', ')}`);
  const [above, below, epoch] = await Promise.all([
    context.client.getModule({ module: reference(parent) }),
    context.client.getModule({ module: reference(child) }),
    context.client.getCurrentEpoch(),
  ]);
  const terms = {
    parent: above.id,
    child: below.id,
    kind,
    shareBps: parseShare(flags.share),
    alias: flags.alias ?? below.alias,
    metadata: inline(flags.metadata ?? ''),
  };
  return sent(
    context,
    flags.from,
    { kind: 'proposeLink', terms, expires: epoch.epoch + whole(flags.epochs) },
    `${parent} -> ${child} proposed at ${flags.share} %; accept it with: devnet link accept ${parent} ${child} --from <the other side>`,
  );
}

/** What is accepted is what was shown: the terms are read once, and the chain compares their hash. */
async function accept(
  context: Context,
  parent: string,
  child: string,
  { from, share }: AcceptFlags,
): Promise<Answer> {
  const { client } = context;
  const [above, below] = await Promise.all([
    client.getModule({ module: reference(parent) }),
    client.getModule({ module: reference(child) }),
  ]);
  const open = await client.getLinkProposals({ module: below.id });
  const found = open.find(link => link.parent === above.id && link.child === below.id);
  if (found === undefined)
    throw new CliError(
      'UNKNOWN_PROPOSAL',
      `there is no open proposal for ${parent} -> ${child}`,
      `devnet link proposals ${child} lists what is open`,
    );
  if (share !== undefined && parseShare(share) !== found.shareBps)
    throw new CliError(
      'TERMS_DIFFER',
      `${parent} -> ${child} is proposed at ${percent(found.shareBps)}, not at ${share} %`,
      'accept it without --share, or propose your own terms',
    );
  return sent(
    context,
    from,
    { kind: 'acceptLink', parent: found.parent, child: found.child, termsHash: found.termsHash },
    `${parent} -> ${child} holds at ${percent(found.shareBps)} from the next epoch`,
  );
}

async function proposals(
  { client, address }: Context,
  module: string | undefined,
  from: string | undefined,
): Promise<Answer> {
  if ((module === undefined) === (from === undefined))
    throw usageError('name a module, or its key with --from', 'e.g. devnet link proposals replica-1');
  const named = module === undefined ? await address(from ?? '') : reference(module);
  const { id } = await client.getModule({ module: named });
  const open = await client.getLinkProposals({ module: id });
  const sideOf = (link: LinkInfo): 'parent' | 'child' => (link.parent === id ? 'parent' : 'child');
  const isMine = (link: LinkInfo): boolean => link.proposal?.proposer === sideOf(link);
  const value = open.filter(link => module !== undefined || !isMine(link));
  if (value.length === 0) return { value, text: 'no open proposals' };
  const names = await aliasesOf(client, value);
  const rows = value.map(link => [
    names.get(link.parent) ?? `${link.parent}`,
    names.get(link.child) ?? `${link.child}`,
    link.kind,
    percent(link.shareBps),
    link.proposal?.proposer ?? '',
    `${link.proposal?.expires ?? ''}`,
  ]);
  return {
    value,
    text: table(['parent', 'child', 'kind', 'share', 'proposed by', 'until epoch'], rows, [3, 5]),
  };
}

async function aliasesOf(client: Client, links: readonly LinkInfo[]): Promise<ReadonlyMap<number, string>> {
  const ids = new Set(links.flatMap(({ parent, child }) => [parent, child]));
  const found = await Promise.all([...ids].map(module => client.getModule({ module })));
  return new Map(found.map(({ id, alias }) => [id, alias]));
}

/** Basis points of a percentage with at most two digits after the point. */
function parseShare(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text);
  const bps = match === null ? Number.NaN : Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  if (!(bps <= 10_000)) throw usageError(`${text} is no share`, 'a percentage from 0 to 100, e.g. 12.5');
  return bps;
}

async function list({ client }: Context, module: string): Promise<Answer> {
  const [children, parents] = await Promise.all([
    client.getLinkChildren({ module: reference(module) }),
    client.getLinkParents({ module: reference(module) }),
  ]);
  const rows = [...parents, ...children].map(link => [
    `${link.parent}`,
    `${link.child}`,
    link.alias,
    link.kind,
    percent(link.shareBps),
    link.status,
  ]);
  return {
    value: { parents, children },
    text: table(['parent', 'child', 'alias', 'kind', 'share', 'status'], rows, [4]),
  };
}

/** A tree with one line per module: its name, the kind of the link and the share. */
export function drawTree(root: LinkTree): string {
  const lines = [root.alias];
  const walk = (children: readonly LinkTree[], indent: string): void => {
    for (const [i, child] of children.entries()) {
      const last = i === children.length - 1;
      const share = child.shareBps === null ? '' : percent(child.shareBps);
      lines.push(`${indent}${last ? '└─' : '├─'} ${child.alias}  ${child.kind ?? ''} ${share}`);
      walk(child.children, `${indent}${last ? '   ' : '│  '}`);
    }
  };
  walk(root.children, '');
  return lines.join('\n');
}

export const percent = (bps: number): string => `${bps / 100} %`;
