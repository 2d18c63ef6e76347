import type { Tier } from '../package/index.ts';
import type { IsolationReport } from './probe.ts';

export type IsolationErrorCode =
  /** A plugin asks for more isolation than this machine can give. */
  | 'TIER_MISSING'
  /** No plugin of this kind runs in it, on no machine. */
  | 'TIER_UNFIT';

/** A tier that is demanded, and by whom. */
export interface Wanted {
  readonly tier: Tier;
  readonly by: string;
}

interface Named {
  readonly name: string;
  readonly version: string;
}

/** A plugin that cannot run here in the isolation that is demanded for it. */
export class IsolationError extends Error {
  override readonly name = 'IsolationError';
  readonly code: IsolationErrorCode;
  readonly hint: string;
  constructor(code: IsolationErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }

  static missing(
    plugin: Named,
    wanted: Wanted,
    { tiers, missing, remedies }: IsolationReport,
  ): IsolationError {
    const have = tiers.length === 0 ? 'none' : tiers.join(', ');
    return new IsolationError(
      'TIER_MISSING',
      `${asks(plugin, wanted)}, this machine has ${have}: ${missing[wanted.tier] ?? 'it is not there'}`,
      `${remedies[wanted.tier] ?? 'docs/threat-model.md lists what each tier is made of'}; or run it on another machine`,
    );
  }

  static forService(plugin: Named, wanted: Wanted): IsolationError {
    return new IsolationError(
      'TIER_UNFIT',
      `${asks(plugin, wanted)}, and a service runs in T1 or T2: the metered machine has neither clock nor waiting`,
      'demand T2 for services',
    );
  }
}

const asks = ({ name, version }: Named, { tier, by }: Wanted): string =>
  `plugin ${name}@${version} asks for ${tier} (${by})`;
