import { existsSync } from 'node:fs';
import { toAddress } from '../../chain/index.ts';
import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { type Answer, table } from '../output.ts';
import { readRunFile, runFilePath } from '../supervisor/runFile.ts';
import { sent } from './modules.ts';
import type { Register } from './types.ts';
import { reference } from './words.ts';

type Target = { kind: 'module'; module: number } | { kind: 'validator'; validator: `0x${string}` };

export const registerStake: Register = (program, run) => {
  const stake = program.command('stake').description('stake on validators and modules');
  for (const [name, kind, description, done] of [
    ['add', 'stake', 'bond tokens; they count from the next epoch', 'staked on'],
    ['remove', 'unstake', 'begin to thaw tokens', 'thawing from'],
  ] as const)
    stake
      .command(name)
      .description(description)
      .argument('<target>', 'module alias, or the address of a validator')
      .argument('<tokens>')
      .requiredOption('--from <who>', 'the staker')
      .action((name: string, tokens: string, { from }: { from: string }) =>
        run.withContext(async context => {
          const target = await targetOf(context, name);
          const amount = parseTokens(tokens);
          const text = `${formatTokens(amount)} tokens of ${from} ${done} ${targetText(target)}`;
          return sent(context, from, { kind, target, amount }, text);
        }),
      );
  stake
    .command('withdraw')
    .description('take back what has thawed')
    .argument('<target>')
    .requiredOption('--from <who>', 'the staker')
    .action((name: string, { from }: { from: string }) =>
      run.withContext(async context => {
        const target = await targetOf(context, name);
        const text = `what had thawed of the stake on ${targetText(target)} is back with ${from}`;
        return sent(context, from, { kind: 'withdrawStake', target }, text);
      }),
    );
  stake
    .command('show')
    .description('the stakes of an account, or the validators')
    .argument('[who]')
    .action((who: string | undefined) =>
      run.withContext(context => (who === undefined ? validators(context) : stakes(context, who))),
    );
};

const targetText = (target: Target): string =>
  target.kind === 'module' ? `module ${target.module}` : `validator ${toAddress(target.validator)}`;

async function targetOf({ client, account }: Context, name: string): Promise<Target> {
  const modules = await client.listModules();
  const found = modules.find(({ alias, id }) => alias === name || id === reference(name));
  if (found !== undefined) return { kind: 'module', module: found.id };
  return { kind: 'validator', validator: await account(name) };
}

async function stakes({ client, address }: Context, who: string): Promise<Answer> {
  const value = await client.getStake({ address: await address(who) });
  const rows = value.stakes.map(({ target, amount, thawing }) => [
    target.kind === 'module' ? `module ${target.module}` : target.validator,
    formatTokens(amount),
    thawing.map(part => `${formatTokens(part.amount)} from epoch ${part.epoch}`).join(', '),
  ]);
  return { value, text: table(['target', 'staked', 'thawing'], rows, [1]) };
}

async function validators({ client, directory }: Context): Promise<Answer> {
  const value = await client.getValidators();
  const nodes = nodesByValidator(directory, client.url);
  return {
    value,
    text: table(
      ['validator', 'power', 'node'],
      value.map(({ validator, power }) => [validator, `${power}`, nodes.get(validator) ?? '']),
      [1, 2],
    ),
  };
}

/** Which node of the directory's devnet votes for a validator; empty for a devnet elsewhere. */
function nodesByValidator(directory: string, rpc: string): ReadonlyMap<string, string> {
  if (!existsSync(runFilePath(directory))) return new Map();
  const run = readRunFile(directory);
  if (run.rpc !== rpc) return new Map();
  return new Map(
    run.nodes.flatMap(({ index, validator }) =>
      validator === null ? [] : [[validator, `${index}`] as const],
    ),
  );
}
