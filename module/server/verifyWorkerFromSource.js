// Entry of a verification worker where the sources run unbundled: a thread does not inherit the loader for TypeScript.
import { register } from 'tsx/esm/api';

register();
await import('./verifyWorker.ts');
