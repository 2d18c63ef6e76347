/** What `devnet plugin dev` tells: one value per event for programs, a line or two for people. */
import { relative } from 'node:path';
import { colors } from '../../colors.ts';
import type { StorageFate } from './storage.ts';

export type DevEvent =
  /** A round has begun: something was saved, or it is the first one. */
  | { readonly event: 'building'; readonly name: string; readonly version: string; readonly id: number }
  /** The round goes on without it. */
  | { readonly event: 'skipped'; readonly what: 'types' | 'sources'; readonly why: string }
  | { readonly event: 'tested'; readonly passed: number; readonly skipped: number }
  | {
      readonly event: 'announced';
      readonly id: number;
      readonly name: string;
      readonly version: string;
      readonly codeHash: string;
      readonly fromEpoch: number;
      /** Until the epoch begins by itself; 0 where it is begun now. */
      readonly blocks: number;
    }
  | ActiveEvent
  /** The round is over; what was in force goes on, and what was announced before comes. */
  | {
      readonly event: 'failed';
      readonly name: string;
      readonly message: string;
      readonly hint: string;
      readonly inForce: string | null;
      readonly announced: string | null;
    }
  /** Something else was saved before it came into force. */
  | { readonly event: 'superseded'; readonly version: string | null }
  | { readonly event: 'watching'; readonly folder: string }
  /** By a signal. `announced` is a version that comes into force all the same. */
  | { readonly event: 'ended'; readonly signal: string; readonly announced: string | null };

export interface ActiveEvent {
  readonly event: 'active';
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly codeHash: string;
  /** What it took over from. */
  readonly before: string | null;
  readonly epoch: number;
  readonly height: number;
  /** Indices of the nodes that run it. */
  readonly nodes: readonly number[];
  readonly away: readonly { readonly index: number; readonly state: string }[];
  readonly state: StorageFate;
  /** From the beginning of the round until all nodes had it in force. */
  readonly ms: number;
}

/** For people; what is only on its way goes to stderr. */
export function textOf(event: DevEvent): { readonly text: string; readonly to: 'stdout' | 'stderr' } {
  switch (event.event) {
    case 'building':
      return aside(colors.dim(`building ${event.name} ${event.version} for consensus id ${event.id}`));
    case 'skipped':
      return aside(
        colors.yellow(
          event.what === 'types'
            ? `the types are not checked: ${event.why}`
            : `whether it reads a clock or randomness is not known: ${event.why}`,
        ),
      );
    case 'tested':
      return aside(`${event.passed} passed${event.skipped === 0 ? '' : `, ${event.skipped} skipped`}`);
    case 'announced':
      return aside(
        event.blocks === 0
          ? colors.dim(
              `${event.name} ${event.version} is announced for epoch ${event.fromEpoch}, which begins now`,
            )
          : `${event.name} ${event.version} is announced for epoch ${event.fromEpoch}, ${blocksOf(event.blocks)} from now; ${colors.dim('devnet epoch advance, or --advance, begins it at once')}`,
      );
    case 'active':
      return { text: activeText(event), to: 'stdout' };
    case 'failed':
      return aside(
        [
          `${colors.red(event.name)}: ${event.message}`,
          ...(event.hint === '' ? [] : [colors.dim(event.hint)]),
          [
            event.inForce === null ? 'nothing of it is in force' : `${event.inForce} goes on`,
            ...(event.announced === null ? [] : [`${event.announced} is still announced`]),
          ].join('; '),
        ].join('\n'),
      );
    case 'superseded':
      return aside(
        colors.dim(event.version === null ? 'saved again' : `saved again: ${event.version} is replaced`),
      );
    case 'watching':
      return aside(colors.dim(`watching ${relative('.', event.folder) || 'this folder'}; Ctrl-C ends it`));
    case 'ended':
      return aside(
        event.announced === null
          ? `ended by ${event.signal}`
          : `ended by ${event.signal}; ${event.announced} comes into force all the same`,
      );
  }
}

const aside = (text: string) => ({ text, to: 'stderr' }) as const;

function activeText({ id, name, version, before, nodes, away, codeHash, state, ms, ...at }: ActiveEvent) {
  const others = away.map(({ index, state }) => `node ${index} is ${state}`);
  return [
    `${colors.green('✔')} ${name} ${before === null ? '' : `${before} → `}${version} under consensus id ${id}`,
    `epoch ${at.epoch}, block ${at.height}`,
    [`${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`, ...others].join(', '),
    `code ${codeHash.slice(0, 10)}`,
    `state ${state.kept ? 'kept' : 'new'}: ${state.why}`,
    `${(ms / 1000).toFixed(1)} s`,
  ].join(' · ');
}

const blocksOf = (count: number): string => (count === 1 ? '1 block' : `${count} blocks`);
