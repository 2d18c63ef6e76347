/** What `/readyz` says: what a node still waits for, and what else is not as it should be. */
import { codeName } from '../../chain/index.ts';
import type { NodeApi } from '../api.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly height: number;
  /** Connected ones. */
  readonly peers: number;
  /** What it waits for; empty once it is ready. */
  readonly reasons: readonly string[];
  /**
   * What is wrong although it may be ready: peers went away, it catches up, lacks code that is to
   * come, or has put a plugin away.
   */
  readonly warnings: readonly string[];
}

export function readinessOf(api: NodeApi): Readiness {
  const { height } = api.head().header;
  const ready = api.ready();
  const peers = api.peers().length;
  const wanted = api.configuredPeers;
  const lonely = peers < wanted ? [`${peers} of ${wanted} configured peers are connected`] : [];
  const young = height === 0 ? ['no block is final yet'] : [];
  return {
    ready,
    height,
    peers,
    reasons: ready ? [] : [...young, ...lonely, ...refusalsOf(api)],
    warnings: [...(ready ? lonely : []), ...warningsOf(api)],
  };
}

/** Refusals that are told on a page; there may be as many as peers. */
const REFUSALS_TOLD = 8;

/** A node that waits for peers that do not want it would wait for ever: it says why. */
const refusalsOf = (api: NodeApi): string[] =>
  api
    .refusals()
    .slice(-REFUSALS_TOLD)
    .map(({ id, reason }) => `no connection with peer ${id}: ${reason}`);

function warningsOf(api: NodeApi): string[] {
  const sync = api.sync();
  const catchingUp = sync === null ? [] : [`it syncs, at block ${sync.height} of ${sync.to}`];
  const missing = api
    .missingCode()
    .map(
      code =>
        `it has no code for ${codeName(code)} (${code.codeHash}) and stops before the block that needs it`,
    );
  const away = api
    .plugins()
    .list()
    .filter(({ state }) => state === 'quarantined')
    .map(({ name, reason }) => `the plugin ${name} is in quarantine: ${reason}`);
  return [...catchingUp, ...missing, ...away];
}
