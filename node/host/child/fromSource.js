// Entry where the sources run unbundled: registers the loader for TypeScript itself, whichever way the node runs.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
