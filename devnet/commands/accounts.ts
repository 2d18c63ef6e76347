import { formatTokens, parseTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { type Answer, table } from '../output.ts';
import type { Register } from './types.ts';

export const registerAccounts: Register = (program, run) => {
  program
    .command('accounts')
    .description('the funded development accounts and their balances')
    .action(() => run.withContext(accounts));

  program
    .command('balance')
    .description('what an account has')
    .argument('<who>', 'account, key, module alias or address')
    .action((who: string) => run.withContext(context => balance(context, who)));

  program
    .command('transfer')
    .description('send tokens')
    .argument('<from>', 'who pays; a name that this machine has the key of')
    .argument('<to>', 'who gets them')
    .argument('<tokens>', 'e.g. 1.5')
    .action((from: string, to: string, tokens: string) =>
      run.withContext(context => transfer(context, from, to, parseTokens(tokens))),
    );

  program
    .command('faucet')
    .description('new tokens for an account')
    .argument('<who>')
    .argument('<tokens>')
    .action((who: string, tokens: string) =>
      run.withContext(context => faucet(context, who, parseTokens(tokens))),
    );
};

async function accounts({ client, names }: Context): Promise<Answer> {
  const people = [...(await names())];
  const infos = await Promise.all(people.map(([address]) => client.getAccount({ address })));
  return {
    value: people.map(([address, name], i) => ({ name, ...infos[i], address })),
    text: table(
      ['account', 'address', 'free', 'staked', 'reserved'],
      people.map(([address, name], i) => {
        const info = infos[i];
        return [
          name,
          address,
          ...[info?.free, info?.staked, info?.reserved].map(part => formatTokens(part ?? 0n)),
        ];
      }),
      [2, 3, 4],
    ),
  };
}

async function balance({ client, address }: Context, who: string): Promise<Answer> {
  const info = await client.getAccount({ address: await address(who) });
  const parts = [
    ['free', info.free],
    ['staked', info.staked],
    ['thawing', info.thawing],
    ['reserved', info.reserved],
  ] as const;
  return {
    value: info,
    text: [info.address, ...parts.map(([name, part]) => `${name.padEnd(9)} ${formatTokens(part)}`)].join(
      '\n',
    ),
  };
}

async function transfer(
  { client, signer, account }: Context,
  from: string,
  to: string,
  amount: bigint,
): Promise<Answer> {
  const final = await client.send({
    from: await signer(from),
    call: { kind: 'transfer', to: await account(to), amount },
  });
  return {
    value: final,
    text: `${formatTokens(amount)} tokens from ${from} to ${to} in block ${final.height} (fee ${formatTokens(final.fee)})\n${final.hash}`,
  };
}

async function faucet({ client, address }: Context, who: string, amount: bigint): Promise<Answer> {
  const target = await address(who);
  await client.mint({ address: target, amount });
  const { free } = await client.getAccount({ address: target });
  return { value: { ok: true, address: target, free }, text: `${who} now has ${formatTokens(free)} tokens` };
}
