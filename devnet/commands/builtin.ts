/** `devnet consensus install`: a module that every node brings along, on a chain that runs without it. */
import { fromAddress } from '../../chain/index.ts';
import {
  builtinCodeHash,
  OPTIONAL_BUILTINS,
  type OptionalBuiltin,
  optionalBuiltin,
} from '../../consensus/index.ts';
import type { Codec } from '../../consensus/interface/index.ts';
import { toJson } from '../../node/rpc/json.ts';
import type { Context } from '../context.ts';
import { usageError } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import type { Answer } from '../output.ts';
import { freeId, inTime } from '../plugins/install.ts';
import { paramsOf } from './params.ts';

export interface BuiltinFlags {
  readonly id?: string;
  readonly fromEpoch?: string;
  readonly params?: string;
  readonly governor?: string;
}

/** Announces it under a new id. Parameters that are not given are its own defaults. */
export async function installBuiltin(
  { client, address }: Context,
  name: string,
  flags: BuiltinFlags,
): Promise<Answer> {
  const governor = flags.governor === undefined ? null : fromAddress(await address(flags.governor));
  const { module, params } = optionalBuiltin(builtinNamed(name), governor);
  const { version } = module.info;
  const id = flags.id === undefined ? freeId(await client.listConsensus()) : wholeNumber(flags.id);
  const epoch = flags.fromEpoch === undefined ? undefined : wholeNumber(flags.fromEpoch);
  const defaults = toJson(module.params as Codec<unknown>, params) as object;
  const { activeFrom } = await inTime(epoch, () =>
    client.installConsensus({
      id,
      name,
      version,
      codeHash: builtinCodeHash(module),
      params: { ...defaults, ...(paramsOf(flags.params) as object | undefined) },
      epoch,
    }),
  );
  return {
    value: { id, name, version, activeFrom },
    text: `${name} ${version} has consensus id ${id}, in force from epoch ${activeFrom} on`,
  };
}

function builtinNamed(name: string): OptionalBuiltin {
  const found = OPTIONAL_BUILTINS.find(known => known === name);
  if (found !== undefined) return found;
  throw usageError(
    `there is no built-in consensus module ${name} to install`,
    `there are ${OPTIONAL_BUILTINS.join(', ')}; a packed one is installed by devnet plugin install`,
  );
}
