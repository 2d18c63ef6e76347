/** What becomes of a plugin's storage when other code takes over its id. */
import { CliError } from '../../errors.ts';

/** The code in force under the id; null where nothing is. */
export interface InForce {
  readonly version: string;
  readonly stateVersion: number;
}

/** The code that is to come. */
export interface Coming {
  readonly name: string;
  readonly version: string;
  readonly stateVersion: number;
  /** Whether it has `migrate`. */
  readonly migrates: boolean;
}

export interface StorageFate {
  readonly kept: boolean;
  readonly why: string;
}

export const RESET = 'or start with empty storage under a new id: --reset-state; the old id stays as it is';

/**
 * Throws {@link CliError} NO_MIGRATION and STATE_DOWNGRADE where the chain would give the code up, before anybody is asked
 * for it.
 */
export function storageFate(before: InForce | null, { name, version, ...code }: Coming): StorageFate {
  if (before === null) return { kept: false, why: 'genesis ran, the id is new' };
  const [from, to] = [before.stateVersion, code.stateVersion];
  if (to === from) return { kept: true, why: `stateVersion is ${from} as before` };
  if (to < from)
    throw new CliError(
      'STATE_DOWNGRADE',
      `${name} ${version} says stateVersion ${to}, and ${before.version} has written ${from}: no code reads a newer layout`,
      `raise stateVersion to ${from} or more, ${RESET}`,
    );
  if (!code.migrates)
    throw new CliError(
      'NO_MIGRATION',
      `${name} ${version} raises stateVersion from ${from} to ${to} and has no migrate, so nobody converts what ${before.version} has stored`,
      `write migrate(block, view, fromStateVersion) in src/index.ts, ${RESET}`,
    );
  return { kept: true, why: `migrate converted it from stateVersion ${from} to ${to}` };
}
