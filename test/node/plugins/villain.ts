/** A consensus module that harms its process. It imports little: it is loaded anew after each harm. */
import {
  defineConsensusModule,
  INTERFACE_VERSION,
  method,
  ok,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';

const Args = struct({ number: u32 });

/** What it does depends on the number that it is called with; above 100 it hangs unless the other call came before. */
export const villain = defineConsensusModule({
  info: {
    name: 'probe',
    version: '1.0.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: [],
  },
  params: struct({}),
  genesis: () => ok(),
  calls: {
    do: method({
      description: 'Harms its process.',
      codec: Args,
      weight: () => 10,
      apply(_block, view, { args: { number } }) {
        if (number === 1) process.exit(3);
        if (number === 2) for (;;) view.pot();
        if (number === 3) throw new Error('a defect');
        if (number > 100) for (const key = Uint8Array.of(number - 100); view.get(key) === undefined; );
        if (number === 4) console.log('it prints', number);
        return ok([{ op: 'put', key: Uint8Array.of(number), value: Uint8Array.of(1) }]);
      },
    }),
  },
});
