/**
 * Groups in JSON, as the author of a checker writes them down: what it should allow, and what it should refuse.
 *
 *     { "module": 128,
 *       "cells": { "alice has 60": { "data": ["P", { "u64": 60 }], "lock": "alice" } },
 *       "groups": [
 *         { "name": "nothing comes of nothing", "expect": "refused",
 *           "group": [{ "output": { "cell": "alice has 60" } }] } ] }
 */
import { z } from 'zod';
import { MAX_OPERATIONS } from '../../consensus/cells/index.ts';
import type { LuaVerdict } from '../../consensus/lua/index.ts';

const MAX_U32 = 2 ** 32 - 1;

/** Of the Lua host. */
const VERDICTS = [
  'allowed',
  'refused',
  'error',
  'outOfFuel',
  'outOfMemory',
  'invalidCode',
] as const satisfies readonly LuaVerdict[];

const unsigned = (bits: bigint) => {
  const max = 2n ** bits - 1n;
  return z
    .union([z.int().nonnegative(), z.string().regex(/^(0|[1-9]\d{0,19})$/, 'not a decimal number')])
    .refine(value => BigInt(value) <= max, `more than ${max}`);
};

const TextOrHex = z
  .string()
  .refine(
    text => !text.startsWith('0x') || /^0x([0-9a-fA-F]{2})*$/.test(text),
    'begins with 0x and is no hex',
  )
  .describe('Text, of which the bytes are its UTF-8; hex if it begins with 0x.');
const Name = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/);
const Lock = z
  .string()
  .regex(
    /^(0x[0-9a-fA-F]{40}|(?!0x)[A-Za-z][A-Za-z0-9._-]{0,63})$/,
    'neither a name nor 0x and 20 bytes of hex',
  )
  .describe('The account that opens it by name, or its 20 bytes as hex.');
const Piece = z.union([
  TextOrHex,
  z.strictObject({ u8: unsigned(8n) }),
  z.strictObject({ u16: unsigned(16n) }),
  z.strictObject({ u32: unsigned(32n) }),
  z.strictObject({ u64: unsigned(64n) }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ lock: Lock }),
]);
const Bytes = z
  .union([Piece, z.array(Piece)])
  .describe(
    'A text, hex, a whole number of so many bits in big-endian order, a lock, or several of them in a row.',
  );

const ModuleId = z.int().min(0).max(MAX_U32);

const Recipient = z.strictObject({ module_id: ModuleId, lock: Lock.optional() });
const Cell = z.strictObject({
  module_id: ModuleId.optional().describe('The module of the file when absent.'),
  capacity: z.int().min(0).max(MAX_U32).optional().describe('What it takes when absent.'),
  data: Bytes.default(''),
  lock: Lock.optional(),
  recipient: Recipient.optional(),
});
const Named = z.union([z.string().describe('One of `cells`.'), Cell]);
const Input = z.strictObject({
  cell: Named,
  unlock: Bytes.optional().describe('The account of the lock and a signature of zeros when absent.'),
  height: z.int().nonnegative().default(1).describe('Of the block that created the cell.'),
});
const Operation = z
  .strictObject({ input: Input.optional(), output: z.strictObject({ cell: Named }).optional() })
  .refine(({ input, output }) => input !== undefined || output !== undefined, 'neither input nor output');
const Payment = z
  .strictObject({
    amount: unsigned(64n).describe('In base units.'),
    from: Name,
    height: z.int().nonnegative().default(1).describe('Of the block that it is in.'),
  })
  .describe('For a module of the kernel that is bound to this one: one more input at the end of the group.');
const Case = z.strictObject({
  name: z.string().min(1).max(200),
  expect: z.enum(VERDICTS),
  says: z.string().optional().describe('A part of the reason or of the error.'),
  line: z.int().positive().optional().describe('Of the error, or of the return that refused.'),
  maxFuel: z.int().positive().optional().describe('The most that it may take.'),
  group: z.array(Operation).min(1).max(MAX_OPERATIONS),
  payment: Payment.optional(),
});

/** A cell of the chain, by what it says. */
const Looked = z.strictObject({
  module_id: ModuleId.optional().describe('The module of the group when absent.'),
  data: Bytes.optional().describe('Its whole data.'),
  begins: Bytes.optional().describe('Its data begins with this.'),
  lock: Lock.optional(),
});
const Selector = z.union([
  z
    .string()
    .regex(/^0x[0-9a-f]{64}:\d{1,5}$/, 'not transaction:index')
    .describe('An outpoint.'),
  Looked,
]);
const Wanted = z
  .strictObject({ input: Selector.optional(), output: Cell.optional() })
  .refine(({ input, output }) => input !== undefined || output !== undefined, 'neither input nor output');

/** A transaction for `devnet checker send`. */
export const TransactionFile = z.strictObject({
  $schema: z.string().optional(),
  groups: z
    .array(z.strictObject({ module: ModuleId, operations: z.array(Wanted).min(1).max(MAX_OPERATIONS) }))
    .min(1),
  payment: z
    .strictObject({ module: ModuleId, amount: unsigned(64n).describe('In base units.') })
    .optional()
    .describe('For a module of the kernel that is bound to one of these.'),
});

/** A file for `devnet checker test`. */
export const GroupFile = z.strictObject({
  $schema: z.string().optional(),
  module: ModuleId.describe('The id that the checker is called with.'),
  cells: z.record(z.string(), Cell).default({}).describe('Cells by a name, for the groups.'),
  groups: z.array(Case).min(1),
});

export type GroupFile = z.infer<typeof GroupFile>;
export type Bytes = z.infer<typeof Bytes>;
export type CellJson = z.infer<typeof Cell>;
export type TransactionFile = z.infer<typeof TransactionFile>;
export type WantedJson = z.infer<typeof Wanted>;
export type SelectorJson = z.infer<typeof Selector>;
export type PaymentJson = z.infer<typeof Payment>;
export type OperationJson = z.infer<typeof Operation>;
