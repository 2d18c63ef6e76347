import { readFileSync } from 'node:fs';

/** Known answers from the systems that the seeds describe. */
export const VECTORS = JSON.parse(
  readFileSync(new URL('../vectors/seed-systems.json', import.meta.url), 'utf8'),
) as {
  readonly sr25519: {
    readonly phrase: string;
    readonly mini_secret: string;
    readonly uris: { readonly [uri: string]: { readonly public: string; readonly ss58: string } };
  };
  readonly seed0_example_address: string;
  readonly seed0_example_public: string;
  readonly commune_header: {
    readonly headers: { readonly data: string; readonly key: string; readonly signature: string };
    readonly signed_message: string;
    readonly data_preimage: string;
  };
  readonly data_hash: readonly { readonly text: string; readonly sha256: string }[];
  readonly password_key: readonly {
    readonly password: string;
    readonly seed: string;
    readonly ss58: string;
  }[];
};
