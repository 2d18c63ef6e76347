/** What a proposal asks for: judged when it is made, and again when it is done, as the chain may have changed. */
import { chainError } from '../../errors.ts';
import type { ChainEvent } from '../../format/block.ts';
import type { GovContent, ParameterChange } from '../../format/governance.ts';
import type { StateReader } from '../../state/index.ts';
import { type BlockContext, emit } from '../context.ts';
import { getParameters } from '../getters.ts';
import { announce, requireInstallable, requireInstalled, takeBack } from '../installing.ts';
import { parameters } from '../tables.ts';
import { changed, requireChanges } from './changes.ts';

const URI = /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/;

/** `endEpoch` is the one in which it would be done. */
export function requireContent(state: StateReader, content: GovContent, endEpoch: number): void {
  switch (content.kind) {
    case 'text':
      if (!URI.test(content.uri)) throw chainError('BAD_DOCUMENT', { uri: content.uri });
      break;
    case 'installConsensus':
      requireInstallable(state, content, endEpoch + 1);
      break;
    case 'cancelConsensus':
      requireInstalled(state, content.id);
      break;
    case 'changeParameters':
      requireChanges(content.changes);
      break;
  }
}

/** Throws {@link ChainError} where it can be done no longer; the caller takes back what was done until then. */
export function carryOut(context: BlockContext, content: GovContent, events: ChainEvent[]): void {
  switch (content.kind) {
    case 'text':
      break;
    case 'installConsensus': {
      const { kind: _, ...installation } = content;
      announce({ ...context, events }, installation);
      break;
    }
    case 'cancelConsensus':
      takeBack({ ...context, events }, content.id);
      break;
    case 'changeParameters':
      change(context, content.changes, events);
      break;
  }
}

/** The block that does it goes on by the old ones, as its transactions were chosen by them. */
function change({ draft }: BlockContext, changes: readonly ParameterChange[], events: ChainEvent[]): void {
  parameters.put(draft, changed(getParameters(draft), changes));
  emit({ events }, 'ParametersChanged', { changes });
}
