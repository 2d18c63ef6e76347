/** Histories for a module about which nothing is known but its schemas. */
import {
  arbitraryOf,
  generator,
  type Random,
  type Sample,
  type Step,
  type World,
} from '../../consensus/compliance/index.ts';
import {
  type Account,
  type Codec,
  CodecError,
  type ConsensusModule,
  encode,
  type LinkView,
} from '../../consensus/interface/index.ts';

const HISTORIES = 4;
const STEPS = 24;
/** Values to draw before a type counts as one that cannot be guessed. */
const TRIES = 200;

/** The accounts that arbitrary values name, so that calls meet each other. */
const people: readonly Account[] = [0, 1, 2, 3].map(digit => `0x${`0${digit}`.repeat(32)}` as const);
const RICH = 10n ** 15n;

const link: LinkView = { parent: 1, child: 2, kind: 'custom', shareBps: 2_500, alias: 'child' };

/** Everything that a view can show is there: modules, prices, a link, reserves, stakes. */
export const derivedWorld: World = {
  chainId: 'check',
  consensus: 1,
  graceEpochs: 2,
  balances: people.map(account => ({ account, amount: RICH })),
  reserves: people
    .slice(1)
    .map(client => ({ client, server: people[0] ?? client, amount: RICH, thawing: 10n })),
  terms: [
    {
      fromEpoch: 0,
      modules: people.slice(0, 3).map((account, index) => ({
        id: index + 1,
        account,
        alias: `m${index + 1}`,
        consensus: 1,
        retired: false,
        prices: { f: 10n },
      })),
      links: [link],
    },
  ],
  stakes: [
    { target: 1, amount: RICH },
    { target: people[0] ?? 1, amount: RICH },
  ],
  mintCap: 1n << 62n,
};

/** Parameters with which the module starts; undefined if none were found. */
export function derivedParams(module: ConsensusModule): { readonly params: unknown } | undefined {
  const random = generator(7);
  for (let tries = 0; tries < TRIES; tries++) {
    const params = drawn(module.params, random);
    if (params !== undefined && module.genesis(params.value).ok) return { params: params.value };
  }
  return undefined;
}

/** The same ones in every run. What a call ends in is open, and the same call again may move money again. */
export function derivedSamples(module: ConsensusModule): readonly Sample[] {
  return Array.from({ length: HISTORIES }, (_, index) => {
    const random = generator(index + 1);
    const steps = Array.from({ length: STEPS }, () => stepOf(module, random));
    return { name: `made from the schemas, ${index + 1}`, world: derivedWorld, steps };
  });
}

function stepOf(module: ConsensusModule, random: Random): Step {
  const names = Object.keys(module.calls);
  const method = names[random(names.length + 1)];
  const found = method === undefined ? undefined : module.calls[method];
  const args = found === undefined ? undefined : drawn(found.codec, random);
  if (method === undefined || args === undefined) return { kind: 'epoch' };
  const sender = people[random(people.length)] ?? '0x';
  const value = random(3) === 0 ? 0n : BigInt(random(10_000));
  return { kind: 'call', sender, method, args: args.value, value, repeatable: true };
}

function drawn(codec: Codec<unknown>, random: Random): { readonly value: unknown } | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const value = arbitraryOf(codec.schema, random);
    try {
      encode(codec, value);
      return { value };
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  }
  return undefined;
}
