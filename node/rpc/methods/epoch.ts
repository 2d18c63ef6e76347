import { z } from 'zod';
import { getEpoch, getParameters } from '../../../chain/index.ts';
import type { NodeApi } from '../../api.ts';
import type { Wire } from '../../client/wire.ts';
import { RpcFault } from '../errors.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const epochMethods = [
  method('epoch_current', {
    description: 'The epoch of the last block.',
    params: noParams,
    result: s.epoch,
    run: ({ api }) => current(api),
  }),
  method('epoch_get', {
    description: 'An epoch and its heights; the current one when none is named.',
    params: z.strictObject({ epoch: s.count.optional() }),
    result: s.epoch,
    async run({ api }, { epoch }) {
      if (epoch === undefined) return current(api);
      const found = await api.epoch(epoch);
      const base = api.base();
      if (epoch < base.epoch)
        throw new RpcFault('EPOCH_PRUNED', `the epochs of this node begin with ${base.epoch}`, {
          fields: { base: base.height },
        });
      if (found === null)
        throw new RpcFault(
          'EPOCH_NOT_FOUND',
          epoch <= getEpoch(api.state()).number
            ? `epoch ${epoch} was not run here: the state was loaded in a later one`
            : `epoch ${epoch} has not started`,
        );
      const { number, startHeight, endHeight, startTime } = found;
      return { epoch: number, startHeight, endHeight, startTime, ...constants(api) };
    },
  }),
];

function current(api: NodeApi): Wire['Epoch'] {
  const { number, startHeight, startTime } = getEpoch(api.state());
  return { epoch: number, startHeight, endHeight: null, startTime, ...constants(api) };
}

/** Of the state, not of the genesis: a state that was loaded brings its own. */
const constants = (api: NodeApi) => ({
  graceEpochs: getParameters(api.state()).graceEpochs,
  length: getEpoch(api.state()).length,
});
