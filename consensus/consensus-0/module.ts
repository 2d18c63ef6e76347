import { defineConsensusModule, INTERFACE_VERSION, ok, struct } from '../interface/index.ts';
import { claim } from './claim.ts';
import { closeEpoch } from './close.ts';
import { events } from './format.ts';
import { prepare } from './prepare.ts';
import { queries } from './queries.ts';

const Params = struct({});

/**
 * The default consensus module: paid calls off chain, settled once per epoch out of bilateral reserves, with profit
 * shares along the links (spec section 5).
 */
export const consensus0 = defineConsensusModule<Readonly<Record<never, never>>>({
  info: {
    name: 'consensus-0',
    version: '1.0.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: ['read_reserves', 'read_modules', 'read_links', 'move_reserves'],
  },
  params: Params,
  genesis: () => ok(),
  calls: { claim },
  events,
  closeEpoch: closeEpoch(),
  prepare,
  queries,
});
