/** A consensus module of the kernel's tests that a process can load. */
import { greedy, PEOPLE } from '../../chain/kernel/history.ts';
import { accountOf } from '../../support/chain.ts';
import { probe } from '../../support/probe.ts';

// Keys are derived while the module loads: later neither clock nor randomness can be read.
for (const name of PEOPLE) accountOf(name);
export const greedyModule = probe(greedy);
