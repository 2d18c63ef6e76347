import { getValidators, Proof } from '../../chain/index.ts';
import { type Codec, decode, encode, toHex } from '../../consensus/interface/index.ts';
import type { NodeApi } from '../api.ts';
import type { Wire } from '../client/wire.ts';
import { addressOf } from './addresses.ts';
import { toJson } from './json.ts';
import { commitJson, headerJson } from './render.ts';

/**
 * A row of the last state, or its absence, with everything that proves it to someone who trusts the validators. Without a
 * codec nothing is decoded: what a consensus module stores is known to that alone.
 */
export function prove<Row>(api: NodeApi, key: Uint8Array, codec: Codec<Row> | null): Wire['Proof'] {
  const state = api.state();
  const { header, commit } = api.head();
  const value = state.get(key) ?? null;
  return {
    key: toHex(key),
    value: value === null ? null : toHex(value),
    decoded: value === null || codec === null ? null : toJson(codec, decode(codec, value)),
    proof: toHex(encode(Proof, state.prove(key))),
    header: headerJson(header),
    commit: commitJson(commit),
    validators: getValidators(state, 0).map(({ validator, power }) => ({
      validator: addressOf(validator),
      power,
    })),
  };
}
