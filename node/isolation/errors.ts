import type { Tier } from '../package/index.ts';

export type IsolationErrorCode = 'TIER_MISSING';

/** A plugin asks for more isolation than this machine can give. */
export class IsolationError extends Error {
  override readonly name = 'IsolationError';
  readonly code: IsolationErrorCode = 'TIER_MISSING';
  readonly hint = 'install what is missing (devnet doctor names it), or run the plugin on another machine';
  constructor(
    plugin: string,
    wanted: { readonly tier: Tier; readonly by: string },
    have: readonly Tier[],
    missing: string,
  ) {
    super(
      `plugin ${plugin} asks for ${wanted.tier} (${wanted.by}), this machine has ${have.join(', ')}: ${missing}`,
    );
  }
}
