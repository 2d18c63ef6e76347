// A process in place of a service, which breaks the protocol in the way that ROGUE names.
import { register } from 'tsx/esm/api';

register();
await import('./rogueMain.ts');
