import * as chain from '../../chain/index.ts';
import type { Codec } from '../../consensus/interface/index.ts';

/** Every codec that chain/ exports, by name. */
export const FORMATS: readonly (readonly [name: string, codec: Codec<unknown>])[] = Object.entries(
  chain,
).flatMap(([name, value]) => (isCodec(value) ? [[name, value] as const] : []));

function isCodec(value: unknown): value is Codec<unknown> {
  return (
    typeof value === 'object' && value !== null && 'schema' in value && 'write' in value && 'read' in value
  );
}
