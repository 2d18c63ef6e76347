/** From the files of a plugin to what the suite exercises. */
import { ComplianceError, type Sample, type Subject } from '../../consensus/compliance/index.ts';
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import { importModule } from '../../node/compiled/use.ts';
import { derivedParams, derivedSamples } from './derive.ts';

export interface Loaded extends Subject {
  /** Names of the histories that the author gave. */
  readonly given: ReadonlySet<string>;
}

/** The author's histories and, besides, those made from the schemas. */
export async function loadSubject(plugin: string, samplesFile: string | null): Promise<Loaded> {
  const module = await loadModule(plugin);
  const { samples, params } = await loadSamples(samplesFile);
  const start = params ?? derivedParams(module);
  if (start === undefined)
    throw new ComplianceError(
      'UNEXPECTED',
      'its genesis refuses all parameters that were tried: export `params` from test/samples.ts',
    );
  return {
    module,
    params: start.params,
    samples: [...samples, ...derivedSamples(module)],
    given: new Set(samples.map(({ name }) => name)),
  };
}

export async function loadModule(url: string): Promise<ConsensusModule> {
  const { default: exported } = (await importModule(url)) as { readonly default?: unknown };
  if (typeof exported === 'object' && exported !== null && 'info' in exported && 'calls' in exported)
    return exported as ConsensusModule;
  throw new ComplianceError('BAD_INFO', 'it exports no consensus module by default');
}

interface Given {
  readonly samples: readonly Sample[];
  readonly params: { readonly params: unknown } | undefined;
}

async function loadSamples(url: string | null): Promise<Given> {
  if (url === null) return { samples: [], params: undefined };
  const exported = (await importModule(url)) as { readonly samples?: unknown; readonly params?: unknown };
  const { samples = [] } = exported;
  if (!Array.isArray(samples))
    throw new ComplianceError('UNEXPECTED', 'the `samples` of its samples file are no list');
  return { samples, params: 'params' in exported ? { params: exported.params } : undefined };
}
