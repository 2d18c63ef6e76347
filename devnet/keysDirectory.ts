import { join } from 'node:path';

/** Where the keys of a devnet lie. */
export const keysDirectory = (dir: string): string => join(dir, 'keys');
