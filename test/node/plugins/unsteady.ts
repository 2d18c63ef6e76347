/** A consensus module whose answers depend on its process, where that is told to be odd. */
import {
  defineConsensusModule,
  INTERFACE_VERSION,
  method,
  ok,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';

const Args = struct({ number: u32 });
/** Read when the code is loaded, before the traps are set that stand around each call. */
const early = process.env.ODD === undefined ? 0 : process.pid;
const bytesOf = (number: number): Uint8Array =>
  Uint8Array.of(number >>> 16, (number >>> 8) & 255, number & 255);

/** 1 answers by what was read early, 3 does not. */
export const unsteady = defineConsensusModule({
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
      description: 'Writes down what it finds.',
      codec: Args,
      weight: () => 10,
      apply(_block, _view, { args: { number } }) {
        const found = number === 1 ? early : 0;
        return ok([
          { op: 'put', key: Uint8Array.of(0, number), value: Uint8Array.of(1) },
          { op: 'put', key: Uint8Array.of(1, number), value: bytesOf(found) },
        ]);
      },
    }),
  },
});
