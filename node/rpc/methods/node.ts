import { addressOf } from '../addresses.ts';
import type { Context } from '../schema.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const nodeMethods = [
  method('node_info', {
    description: 'Who the node is, and how far it is.',
    params: noParams,
    result: s.nodeInfo,
    run({ api }: Context) {
      const { header } = api.head();
      const { validator, ...info } = api.info;
      return {
        ...info,
        validator: validator === null ? null : addressOf(validator),
        height: header.height,
        base: api.base().height,
        epoch: header.epoch,
        ready: api.ready(),
        devnet: api.dev !== null,
        missingCode: api.missingCode(),
        sync: api.sync(),
      };
    },
  }),
];
