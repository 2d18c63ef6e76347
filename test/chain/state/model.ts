import fc from 'fast-check';

/** The simplest thing that a state can be compared with: hex keys and values. */
export type Model = Map<string, string>;
export interface Step {
  readonly key: string;
  /** null deletes. */
  readonly value: string | null;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Few different keys, of different lengths, many of them beginnings of others. */
const keys = fc
  .array(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), { maxLength: 3 })
  .map(bytes => hex(Uint8Array.from(bytes)));
const values = fc.uint8Array({ maxLength: 3 }).map(hex);

export const step = (): fc.Arbitrary<Step> => fc.record({ key: keys, value: fc.option(values, { freq: 3 }) });
export const stepsOf = (maxLength: number): fc.Arbitrary<Step[]> => fc.array(step(), { maxLength });

/** `key=value` lines in byte order of keys; in hex that is the order of the texts. */
export const sorted = (model: Model): string[] => modelScan(model, '', undefined, Number.POSITIVE_INFINITY);

export const modelScan = (model: Model, prefix: string, after: string | undefined, limit: number): string[] =>
  [...model]
    .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([key, value]) => `${key}=${value}`);
