import { z } from 'zod';
import { getReserve, listReserves, Reserve, reserveKey } from '../../../chain/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import type { Wire } from '../../client/wire.ts';
import { addressOf, toAccount } from '../addresses.ts';
import { prove } from '../proofs.ts';
import { method } from '../schema.ts';
import * as s from '../schemas.ts';

const DEFAULT_CONSENSUS = 0;
const one = z.strictObject({
  client: s.address,
  server: s.address,
  consensus: s.u32.optional().describe('Consensus id; 0 when absent.'),
});

export const escrowMethods = [
  method('escrow_get', {
    description: 'Escrow that one client holds for one server; zeros when there is none.',
    params: one,
    result: s.escrow,
    run({ api }, params) {
      const { consensus = DEFAULT_CONSENSUS } = params;
      const client = toAccount(params.client);
      const server = toAccount(params.server);
      return escrowJson(consensus, client, server, getReserve(api.state(), consensus, client, server));
    },
  }),
  method('escrow_list', {
    description: 'Reserves, by client, by server, or by both; ascending by consensus id.',
    params: z.strictObject({
      client: s.address.optional(),
      server: s.address.optional(),
      consensus: s.u32.optional(),
    }),
    result: z.array(s.escrow),
    run({ api }, { client, server, consensus }) {
      const filter = {
        ...(client === undefined ? {} : { client: toAccount(client) }),
        ...(server === undefined ? {} : { server: toAccount(server) }),
        ...(consensus === undefined ? {} : { consensus }),
      };
      return listReserves(api.state(), filter).map(row =>
        escrowJson(row.consensus, row.client, row.server, row.reserve),
      );
    },
  }),
  method('escrow_proof', {
    description: 'A reserve, or its absence, with a proof.',
    params: one,
    result: s.proof,
    run({ api }, { client, server, consensus = DEFAULT_CONSENSUS }) {
      return prove(api, reserveKey(consensus, toAccount(client), toAccount(server)), Reserve);
    },
  }),
];

const NONE: Reserve = { amount: 0n, thawing: 0n, thawEpoch: 0 };

function escrowJson(
  consensus: number,
  client: Account,
  server: Account,
  { amount, thawing, thawEpoch }: Reserve = NONE,
): Wire['Escrow'] {
  return {
    client: addressOf(client),
    server: addressOf(server),
    consensus,
    amount: String(amount),
    thawing: String(thawing),
    thawEpoch,
  };
}
