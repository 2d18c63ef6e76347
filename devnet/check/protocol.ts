/** What the command and its child processes tell each other: a job in, lines of JSON out. */

export interface Job {
  readonly mode: 'suite' | 'trace' | 'isolated' | 'sources';
  /** URL of the built code of the plugin, an ES module that exports it by default. */
  readonly plugin: string;
  /** URL of a file that exports `samples` and `params`; null to make histories from the schemas alone. */
  readonly samples: string | null;
  /** URL of the code of the version before; null where no migration is asked about. */
  readonly previous: string | null;
  /** What its manifest says, if it has one. */
  readonly manifest: ManifestFacts | null;
  /** Number of the first check to run: those before it were run by a process that is gone. */
  readonly from: number;
  /** Milliseconds for one request to its process. */
  readonly deadline: number;
}

export interface ManifestFacts {
  readonly name: string;
  readonly version: string;
  readonly capabilities: readonly string[];
}

/** One check and what came of it. */
export interface Row {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Of a failure; see ComplianceErrorCode. */
  readonly code: string | null;
  /** Why it failed, or was skipped. */
  readonly reason: string | null;
  /** File, line and column in the author's source, where its code threw. */
  readonly at: string | null;
  /** The calls that it took, as few and as small as they could be made; one line each. */
  readonly input: readonly string[];
}

export type Line =
  /** All checks, in their order. */
  | { readonly kind: 'checks'; readonly names: readonly string[] }
  /** What runs from now on: what is last when a process hangs or dies is the reason. */
  | { readonly kind: 'at'; readonly call: string }
  | { readonly kind: 'row'; readonly row: Row }
  /** Outcomes of one history, one text each, with the call that each belongs to. */
  | {
      readonly kind: 'traced';
      readonly sample: string;
      readonly calls: readonly string[];
      readonly texts: readonly string[];
    }
  | { readonly kind: 'done' };

/** The check that looks for what differs from node to node. */
export const SOURCES = 'uses no clock, no randomness and nothing asynchronous';

/** Names of the checks that need more than one process. */
export const MACHINES_AGREE = 'gives the same bytes with another time zone, locale and heap';
export const ISOLATED = 'says the same in a process of its own';

export const passed = (name: string): Row => ({
  name,
  status: 'passed',
  code: null,
  reason: null,
  at: null,
  input: [],
});

export const skipped = (name: string, reason: string): Row => ({
  ...passed(name),
  status: 'skipped',
  reason,
});

export const failed = (
  name: string,
  code: string,
  reason: string,
  more: { readonly at?: string | null; readonly input?: readonly string[] } = {},
): Row => ({ name, status: 'failed', code, reason, at: more.at ?? null, input: more.input ?? [] });
