/** Stake-time tokens: money that is locked for longer counts for more, and earns by that. README.md has the rules. */
import { defineConsensusModule, fail, INTERFACE_VERSION, ok } from 'devnet/consensus';
import { callEvents, calls } from './calls.ts';
import { closeEpoch, closeEvents } from './close.ts';
import { curveFault } from './curve.ts';
import { queries } from './queries.ts';
import { genesisOps, Params } from './rows.ts';

export const stakeTime = defineConsensusModule<Params>({
  info: {
    name: 'stake-time',
    version: '1.0.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: ['mint'],
  },
  params: Params,
  genesis(params) {
    const fault = curveFault(params.curve) ?? (params.vestEpochs === 0 ? 'vestEpochs is above 0' : undefined);
    return fault === undefined ? ok(genesisOps(params)) : fail('BAD_PARAMS', fault);
  },
  calls,
  events: { ...callEvents, ...closeEvents },
  queries,
  closeEpoch,
});

export default stakeTime;
