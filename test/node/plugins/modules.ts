/** Consensus modules that processes of tests load. */
import {
  defineConsensusModule,
  INTERFACE_VERSION,
  method,
  ok,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';
import { greedy, PEOPLE } from '../../chain/kernel/history.ts';
import { accountOf } from '../../support/chain.ts';
import { probe } from '../../support/probe.ts';

// Keys are derived while the module loads: later neither clock nor randomness can be read.
for (const name of PEOPLE) accountOf(name);
export const greedyModule = probe(greedy);

const Args = struct({ number: u32 });

/** Does what ends or stops a process, by the number that it is called with. */
export const villain = defineConsensusModule({
  ...probe({}),
  calls: {
    do: method({
      description: 'Harms its process.',
      codec: Args,
      weight: () => 10,
      apply(_block, view, { args: { number } }) {
        if (number === 1) process.exit(3);
        if (number === 2) for (;;) view.pot();
        if (number === 3) throw new Error('a defect');
        if (number === 4) console.log('it prints', number);
        return ok([{ op: 'put', key: Uint8Array.of(number), value: Uint8Array.of(1) }]);
      },
    }),
  },
});

export const oldModule = defineConsensusModule({
  ...probe({}),
  info: { ...probe({}).info, version: '0.9.0', interfaceVersion: INTERFACE_VERSION },
});
