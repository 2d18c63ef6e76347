import type { Between, FaultsReport } from '../../node/client/wireCluster.ts';
import { usageError } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import type { Answer } from '../output.ts';
import type { Register } from './types.ts';
import { percentOf } from './words.ts';

const PARTITION_HELP = `
Groups are separated by /, nodes by commas. Nodes that are not named form one more group. A new partition takes the place
of the one before.

Examples:
  devnet partition 0,1/2,3       two halves: nobody commits
  devnet partition 3             node 3 alone; the other three go on
  devnet heal`;

const LATENCY_HELP = `
Each direction is delayed, so a round trip takes twice as long. The order of messages stays. 0 takes the latency away.

Examples:
  devnet latency 50
  devnet latency 100 --jitter 40 --between 0,1
  devnet latency 0`;

const LOSS_HELP = `
Handshakes and pings are spared, so connections stay. 0 takes the loss away.

Examples:
  devnet loss 20
  devnet loss 50 --between 0,1 --seed 7
  devnet loss 0`;

interface LinkOptions {
  readonly between?: string;
  readonly seed?: string;
}

export const registerFaults: Register = (program, run) => {
  program
    .command('partition')
    .description('cut the links between groups of nodes')
    .argument('<groups>', 'e.g. 0,1/2,3')
    .addHelpText('after', PARTITION_HELP)
    .action((text: string) =>
      run.withContext(async ({ client }) =>
        answer(await client.request('dev_partition', { groups: groupsOf(text) })),
      ),
    );
  program
    .command('heal')
    .description('end all faults between nodes: partition, latency and loss')
    .action(() => run.withContext(async ({ client }) => answer(await client.request('dev_heal', {}))));
  program
    .command('latency')
    .description('delay what nodes send each other')
    .argument('<ms>', 'in each direction')
    .option('--jitter <ms>', 'up to so many more, anew for each message')
    .option('--between <a,b>', 'two nodes (default: all links)')
    .option('--seed <number>', 'of the dice')
    .addHelpText('after', LATENCY_HELP)
    .action((text: string, { jitter = '0', ...where }: LinkOptions & { readonly jitter?: string }) =>
      run.withContext(async ({ client }) => {
        const { MAX_LATENCY_MS } = await import('../../node/options.ts');
        const change = { ms: wholeNumber(text), jitter: wholeNumber(jitter) };
        if (change.ms + change.jitter > MAX_LATENCY_MS)
          throw usageError(
            `latency and jitter are ${change.ms + change.jitter} ms together, at most ${MAX_LATENCY_MS} ms are possible`,
            'with more, no handshake between nodes would pass',
          );
        return answer(await client.request('dev_latency', { ...change, ...linksOf(where) }));
      }),
    );
  program
    .command('loss')
    .description('lose some of what nodes send each other')
    .argument('<percent>', '0 to 100, of the messages in each direction')
    .option('--between <a,b>', 'two nodes (default: all links)')
    .option('--seed <number>', 'of the dice')
    .addHelpText('after', LOSS_HELP)
    .action((text: string, where: LinkOptions) =>
      run.withContext(async ({ client }) =>
        answer(await client.request('dev_loss', { percent: percentOf(text), ...linksOf(where) })),
      ),
    );
  program
    .command('faults')
    .description('the faults in force between nodes, and what they have done')
    .action(() => run.withContext(async ({ client }) => answer(await client.request('dev_faults', {}))));
};

/** `0,1/2,3`; whether the nodes exist is for the cluster to say. */
function groupsOf(text: string): number[][] {
  if (!/^\d+(,\d+)*(\/\d+(,\d+)*)*$/.test(text))
    throw usageError(`${text} names no groups of nodes`, 'e.g. devnet partition 0,1/2,3');
  return text.split('/').map(group => group.split(',').map(wholeNumber));
}

function linksOf({ between, seed }: LinkOptions): { between?: [number, number]; seed?: number } {
  return {
    ...(between === undefined ? {} : { between: pairOf(between) }),
    ...(seed === undefined ? {} : { seed: wholeNumber(seed) }),
  };
}

function pairOf(text: string): [number, number] {
  const [a, b, ...more] = text.split(',');
  if (a === undefined || b === undefined || more.length > 0)
    throw usageError(`${text} does not name two nodes`, 'e.g. --between 0,1');
  return [wholeNumber(a), wholeNumber(b)];
}

const answer = (value: FaultsReport): Answer => ({ value, text: describeFaults(value).join('\n') });

/** One line per fault; one per node that does not have them yet. */
export function describeFaults({ groups, latency, loss, nodes, seed }: FaultsReport): string[] {
  const lines = [
    ...(groups.length === 0 ? [] : [`partition  ${groups.map(group => group.join(',')).join(' / ')}`]),
    ...latency.map(
      ({ ms, jitter, between }) =>
        `latency    ${ms} ms${jitter === 0 ? '' : ` and up to ${jitter} ms more`}, ${linksText(between)}`,
    ),
    ...loss.map(({ percent, between }) => `loss       ${percent} %, ${linksText(between)} (seed ${seed})`),
  ];
  const away = nodes.flatMap(({ node, reason }) =>
    reason === null ? [] : [`node ${node} is told when it is back: ${reason}`],
  );
  return [...(lines.length === 0 ? ['no faults between nodes'] : lines), ...away];
}

const linksText = (between: Between): string =>
  between === null ? 'all links' : `between ${between[0]} and ${between[1]}`;
