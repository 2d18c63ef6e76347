import { z } from 'zod';
import { fromHex, type Hex } from '../../../consensus/interface/index.ts';
import * as schemas from '../devSchemas.ts';
import { dumpDeskOf } from '../dumps.ts';
import { method } from '../schema.ts';
import * as s from '../schemas.ts';
import { devOf } from './dev.ts';

export const dumpMethods = [
  method('dev_dump', {
    description:
      'The state after the last block as a file, in parts of at most 240 KiB: without `dump` the first part of a new one, with it a part of one that this node made before. The same state is the same bytes on every node.',
    params: z.strictObject({
      dump: s.hash.optional().describe('Its checksum.'),
      part: schemas.partIndex.optional().describe('0 when absent.'),
    }),
    result: schemas.dumpPart,
    run: (context, { dump, part = 0 }) => dumpDeskOf(devOf(context)).part(dump as Hex | undefined, part),
  }),
  method('dev_load', {
    description:
      'A new block has the state of a dump, on all nodes; with the last part it answers once that is final. Validators, the dev authority, code in force and the chain id stay; heights, nonces and time go on. What fails leaves the state as it was.',
    params: z.strictObject({
      data: s.hex,
      part: schemas.partIndex.optional().describe('0 when absent.'),
      parts: schemas.partCount.optional().describe('1 when absent.'),
      dump: s.hash.optional().describe('Its checksum; needed for more than one part.'),
    }),
    result: schemas.loadPart,
    run: (context, { data, part = 0, parts = 1, dump }) =>
      dumpDeskOf(devOf(context)).receive({
        data: fromHex(data),
        part,
        parts,
        dump: dump as Hex | undefined,
      }),
  }),
];
