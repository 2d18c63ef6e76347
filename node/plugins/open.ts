import { type CodeSources, createLoader } from './load.ts';
import { createRunner, type Runner } from './runner.ts';

/** A runner that finds the code of its chain by itself. Nothing is started before it is asked for. */
export function openRunner(sources: CodeSources): Runner {
  const loader = createLoader(sources);
  return createRunner(loader, loader.plugins, loader);
}
