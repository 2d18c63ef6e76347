import type { Codec } from './codec.ts';
import { encode } from './codec.ts';
import type { ConsensusModule, Event, Method, Op, Outcome, Query } from './types.ts';

/** Declares a consensus module; only there so that TypeScript infers and checks its parts. */
export const defineConsensusModule = <Params>(module: ConsensusModule<Params>): ConsensusModule<Params> =>
  module;

/** Declares one method; infers the arguments' type from the codec. */
export const method = <Args>(definition: Method<Args>): Method<Args> => definition;

/** Declares one query. */
export const query = <Args, Result>(definition: Query<Args, Result>): Query<Args, Result> => definition;

export const ok = (ops: readonly Op[] = [], events: readonly Event[] = []): Outcome => ({
  ok: true,
  ops,
  events,
});

/** Like {@link ok}, and asks to go on in the next block. Only for `closeEpoch`. */
export const more = (ops: readonly Op[] = [], events: readonly Event[] = []): Outcome => ({
  ok: true,
  ops,
  events,
  more: true,
});

export const fail = (code: string, message: string): Outcome => ({ ok: false, code, message });

export const event = <Data>(name: string, codec: Codec<Data>, data: Data): Event => ({
  name,
  data: encode(codec, data),
});
