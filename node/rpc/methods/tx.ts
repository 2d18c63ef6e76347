import { z } from 'zod';
import { SCHEME_NAMES } from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import { outcomeJson, statusJson } from '../render.ts';
import { method } from '../schema.ts';
import * as s from '../schemas.ts';
import { build, signedBytes } from '../transactions.ts';

const DEFAULT_WAIT_MS = 30_000;

export const txMethods = [
  method('tx_build', {
    description:
      'An unsigned transaction for signing elsewhere. Without a fee limit it is simulated, and refused here if it would fail.',
    params: z.strictObject({
      from: s.address,
      call: s.call,
      nonce: s.count.optional().describe('The next one when absent, counting what waits in the pool.'),
      feeLimit: s.amount.optional().describe('What a simulation costs when absent.'),
      expiry: s.count.nullable().optional().describe('Last height at which it may stand in a block.'),
      scheme: z.enum(SCHEME_NAMES).optional().describe('Of the key that will sign; sr25519 when absent.'),
    }),
    result: s.unsigned,
    run: ({ api }, draft) => build(api, draft),
  }),
  method('tx_submit', {
    description: 'Hands a signed transaction to the pool; answers once it is in there.',
    params: z.strictObject({ tx: s.signed }),
    result: z.strictObject({ hash: s.hash }),
    run: async ({ api }, { tx }) => ({ hash: await api.submit(signedBytes(tx)) }),
  }),
  method('tx_submitAndWait', {
    description:
      'Hands a signed transaction to the pool; answers once it is final, whether it succeeded or not.',
    params: z.strictObject({ tx: s.signed, timeout: s.timeout }),
    result: s.final,
    async run({ api, waiter }, { tx, timeout = DEFAULT_WAIT_MS }) {
      return waiter.wait(await api.submit(signedBytes(tx)), timeout);
    },
  }),
  method('tx_wait', {
    description: 'Answers once a transaction is final, whether it succeeded or not.',
    params: z.strictObject({ hash: s.hash, timeout: s.timeout }),
    result: s.final,
    run: ({ waiter }, { hash, timeout = DEFAULT_WAIT_MS }) => waiter.wait(hash as Hex, timeout),
  }),
  method('tx_get', {
    description: 'Where a transaction is: unknown, pending, dropped, or final with its outcome.',
    params: z.strictObject({ hash: s.hash }),
    result: s.transactionStatus,
    async run({ api }, { hash }) {
      const found = await api.transaction(hash as Hex);
      const height = found.status === 'final' ? found.height : undefined;
      return statusJson(hash as Hex, found, api.mechanisms(height));
    },
  }),
  method('tx_simulate', {
    description: 'What a transaction would do on top of the last block; its signature need not be right.',
    params: z.strictObject({ tx: s.signed }),
    result: s.outcome,
    run: async ({ api }, { tx }) => outcomeJson(await api.simulate(signedBytes(tx)), api.mechanisms()),
  }),
];
