/** What `devnet gov` does and shows. */
import { readFile } from 'node:fs/promises';
import {
  type Choice,
  type GovContent,
  PARAMETER_NAMES,
  type ParameterChange,
  sha256,
} from '../chain/index.ts';
import { type Codec, CodecError, encode, type Hex } from '../consensus/interface/index.ts';
import type { Client, FinalTransaction, ProposalInfo } from '../node/client/index.ts';
import { codeHash, keepCode } from '../node/package/index.ts';
import { fromJson, JsonError } from '../node/rpc/json.ts';
import { formatTokens, parseTokens } from './amount.ts';
import type { InstallFlags } from './commands/gov.ts';
import { sent } from './commands/modules.ts';
import { paramsOf } from './commands/params.ts';
import { whole } from './commands/words.ts';
import type { Context } from './context.ts';
import { usageError } from './errors.ts';
import { type Answer, table } from './output.ts';
import { describeCode } from './plugins/dev/describeCode.ts';
import { idFor } from './plugins/install.ts';
import { pluginsDirectory } from './plugins/installed.ts';
import { readPackage } from './plugins/package.ts';

export async function proposeText(
  context: Context,
  title: string,
  { from, uri, file, sha256: told }: { from: string; uri: string; file?: string; sha256?: string },
): Promise<Answer> {
  if ((file === undefined) === (told === undefined))
    throw usageError('a document needs its hash', 'give --file or --sha256, not both');
  const hash = file === undefined ? hashOf(told ?? '') : sha256(await readFile(file));
  return proposed(context, from, title, { kind: 'text', uri, sha256: hash });
}

export async function proposeChanges(
  context: Context,
  title: string,
  words: readonly string[],
  from: string,
): Promise<Answer> {
  return proposed(context, from, title, { kind: 'changeParameters', changes: words.map(changeOf) });
}

/** Whoever votes must know what they get, so everything that the chain will pin is written here, from the code itself. */
export async function proposeInstall(context: Context, file: string, flags: InstallFlags): Promise<Answer> {
  const plugin = await readPackage(file);
  const { name, version, provides, capabilities } = plugin.manifest;
  if (provides !== 'consensus')
    throw usageError(
      `${name} is a service: nodes decide about it alone`,
      'devnet plugin install gives it to them',
    );
  const { client, directory } = context;
  const known = await client.listConsensus();
  const id = flags.id === undefined ? idFor(name, known) : whole(flags.id);
  const isNew = !known.some(entry => entry.id === id && entry.status !== 'pending');
  const { info, params } = await describeCode(plugin, id);
  const given = paramsOf(flags.params);
  if (!isNew && given !== undefined)
    throw usageError(
      `${name} is in force under ${id}, and an upgrade reads no parameters`,
      'leave --params out',
    );
  const content: GovContent = {
    kind: 'installConsensus',
    id,
    name,
    version,
    stateVersion: info.stateVersion,
    codeHash: codeHash(plugin.code),
    capabilities,
    mintCap: parseTokens(flags.mintCap ?? '0'),
    params: isNew ? encodedParams(params, given ?? {}) : new Uint8Array(),
    activationEpoch: flags.fromEpoch === undefined ? await afterResult(client) : whole(flags.fromEpoch),
  };
  await keepCode(pluginsDirectory(directory), plugin);
  return proposed(context, flags.from, flags.title ?? `install ${name} ${version}`, content);
}

function encodedParams(codec: Codec<unknown>, json: unknown): Uint8Array {
  try {
    return encode(codec, fromJson(codec, json, '--params'));
  } catch (error) {
    if (!(error instanceof JsonError || error instanceof CodecError)) throw error;
    throw usageError(error.message, 'the page of the module tells its parameters');
  }
}

export async function proposeCancel(
  context: Context,
  id: number,
  from: string,
  title = `cancel consensus module ${id}`,
): Promise<Answer> {
  return proposed(context, from, title, { kind: 'cancelConsensus', id });
}

export async function vote(
  context: Context,
  proposal: number,
  choice: Choice,
  from: string,
): Promise<Answer> {
  const { value } = await sent(context, from, { kind: 'vote', proposal, choice });
  const final = value as FinalTransaction;
  const { weight } = dataOf(final, 'VoteCast') as { weight: string };
  const text = `${choice} on proposal ${proposal} with ${formatTokens(BigInt(weight))} tokens\n${final.hash}`;
  return { value, text };
}

export async function list({ client }: Context, open: boolean): Promise<Answer> {
  const value = await allProposals(client, open);
  const rows = value.map(({ id, title, content, status, verdict, endEpoch, tally }) => [
    `${id}`,
    title,
    content.kind,
    status === 'open' ? `open, ${WORDS[verdict]} so far` : WORDS[status],
    `${endEpoch}`,
    ...[tally.yes, tally.no, tally.abstain].map(formatTokens),
  ]);
  const head = ['id', 'title', 'kind', 'status', 'ends with epoch', 'yes', 'no', 'abstain'];
  return { value, text: rows.length === 0 ? 'no proposals' : table(head, rows, [0, 4, 5, 6, 7]) };
}

export async function show(context: Context, id: number): Promise<Answer> {
  const { client } = context;
  const [proposal, names] = await Promise.all([client.getProposal({ proposal: id }), context.names()]);
  const votes = await client.listVotes({ proposal: id, limit: MOST_VOTES });
  const who = (address: string): string => names.get(address) ?? address;
  const rows = votes.map(({ voter, choice, weight, isValidator }) => [
    who(voter),
    choice,
    formatTokens(weight),
    isValidator ? 'validator' : '',
  ]);
  const text = [
    `proposal ${id}: ${proposal.title}`,
    ...contentLines(proposal.content),
    `by ${who(proposal.proposer)} in epoch ${proposal.epoch}, bond ${formatTokens(proposal.rules.bond)} tokens`,
    standing(proposal),
    ...(rows.length === 0 ? ['no votes'] : [table(['voter', 'vote', 'tokens', ''], rows, [2])]),
  ];
  return { value: { ...proposal, votes }, text: text.join('\n') };
}

export async function parameters({ client }: Context): Promise<Answer> {
  const value = await client.listParameters();
  const rows = value.map(({ name, value: now, min, max }) => [name, ...[now, min, max].map(String)]);
  return { value, text: table(['parameter', 'now', 'from', 'to'], rows, [1, 2, 3]) };
}

/** States of a proposal as people say them. */
const WORDS: Readonly<Record<ProposalInfo['status'] | ProposalInfo['verdict'], string>> = {
  open: 'open',
  passed: 'passed',
  rejected: 'rejected',
  noQuorum: 'no quorum',
  failed: 'failed',
};

/** More are in the RPC, page by page. */
const MOST_VOTES = 1_000;

async function allProposals(client: Client, open: boolean): Promise<readonly ProposalInfo[]> {
  const found: ProposalInfo[] = [];
  for (;;) {
    const after = found.at(-1)?.id;
    const page = await client.listProposals(after === undefined ? { open } : { open, after });
    if (page.length === 0) return found;
    found.push(...page);
  }
}

async function proposed(context: Context, from: string, title: string, content: GovContent): Promise<Answer> {
  const { value } = await sent(context, from, { kind: 'propose', title, content });
  const final = value as FinalTransaction;
  const made = dataOf(final, 'ProposalMade') as { proposal: number; endEpoch: number; bond: string };
  return {
    value: { ...final, proposal: made.proposal, endEpoch: made.endEpoch },
    text:
      `proposal ${made.proposal}: ${title}; votes count before epoch ${made.endEpoch}, ` +
      `${formatTokens(BigInt(made.bond))} tokens are tied up until then\n` +
      `vote with: devnet gov vote ${made.proposal} yes --from <who>\n${final.hash}`,
  };
}

function dataOf({ events }: FinalTransaction, name: string): unknown {
  const found = events.find(event => event.source === null && event.name === name);
  if (found === undefined) throw new TypeError(`the transaction has no event ${name}`);
  return found.data;
}

/** Two epochs more than the result needs: the transaction may land in the next epoch, and nodes must fetch the code. */
async function afterResult(client: Client): Promise<number> {
  const [{ epoch }, all] = await Promise.all([client.getCurrentEpoch(), client.listParameters()]);
  const voting = all.find(({ name }) => name === 'votingEpochs')?.value ?? 0n;
  return epoch + Number(voting) + 4;
}

function changeOf(word: string): ParameterChange {
  const [, wanted = '', text = ''] = /^(\w+)=(.+)$/.exec(word) ?? [];
  const name = PARAMETER_NAMES.find(known => known === wanted);
  if (wanted === '') throw usageError(`${word} is no parameter=value`, 'e.g. slashBps=1000 or bond=25tokens');
  if (name === undefined)
    throw usageError(`there is no parameter ${wanted}`, `parameters: ${PARAMETER_NAMES.join(', ')}`);
  const tokens = /^([\d.]+)tokens?$/.exec(text)?.[1];
  if (tokens !== undefined) return { name, value: parseTokens(tokens) };
  if (!/^\d{1,19}$/.test(text)) throw usageError(`${word}: ${text} is not a whole number`);
  return { name, value: BigInt(text) };
}

function hashOf(text: string): Hex {
  if (!/^0x[0-9a-f]{64}$/.test(text))
    throw usageError(`${text} is no sha256`, '0x and 64 lower-case hex digits');
  return text as Hex;
}

function contentLines(content: ProposalInfo['content']): string[] {
  switch (content.kind) {
    case 'text':
      return [`document ${content.uri}`, `sha256 ${content.sha256}`];
    case 'installConsensus':
      return [
        `${content.name} ${content.version} as consensus id ${content.id} from epoch ${content.activationEpoch} on`,
        `code ${content.codeHash}`,
        `capabilities ${content.capabilities.join(', ') || 'none'}`,
      ];
    case 'cancelConsensus':
      return [`consensus id ${content.id} is not to come into force`];
    case 'changeParameters':
      return content.changes.map(({ name, value }) => `${name} becomes ${value}`);
  }
}

function standing({ status, verdict, endEpoch, tally, electorate, rules, result }: ProposalInfo): string {
  const [yes, no, abstain, all] = [tally.yes, tally.no, tally.abstain, electorate].map(formatTokens);
  const votes = `yes ${yes}, no ${no}, abstain ${abstain} of ${all} tokens`;
  if (result === null) return `open until epoch ${endEpoch}, ${WORDS[verdict]} so far: ${votes}`;
  const reason = result.error === undefined ? '' : ` (${result.error.name}: ${result.error.message})`;
  const lost = result.burned === 0n ? 'given back' : 'lost';
  return `${WORDS[status]}${reason} in block ${result.height}: ${votes}; bond of ${formatTokens(rules.bond)} tokens ${lost}`;
}
