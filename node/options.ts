/** What one node process is told. The parent writes it as JSON into a file and names the file on the command line. */
import { z } from 'zod';
import { MAX_LATENCY_MS } from '../p2p/faults/rules.ts';

export { peerIdOfSeed } from '../p2p/libp2p/identity.ts';

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/, 'expected bytes as 0x hex');
const port = z.number().int().min(0).max(65_535);

export { MAX_LATENCY_MS };
export const MAX_FAULT_SEED = 0xffff_ffff;
const MAX_FAULTY_PEERS = 1_000;

export const LinkFaults = z
  .strictObject({
    cut: z.boolean(),
    latencyMs: z.number().int().min(0),
    jitterMs: z.number().int().min(0),
    lossPercent: z.number().min(0).max(100),
  })
  .refine(({ latencyMs, jitterMs }) => latencyMs + jitterMs <= MAX_LATENCY_MS, {
    message: `latency and jitter are at most ${MAX_LATENCY_MS} ms together: no handshake would pass`,
  });
/** Faults on purpose, by peer id (p2p/faults/rules.ts). */
export const FaultRules = z.strictObject({
  seed: z.number().int().min(0).max(MAX_FAULT_SEED),
  peers: z
    .record(z.string().max(128), LinkFaults)
    .refine(peers => Object.keys(peers).length <= MAX_FAULTY_PEERS, `at most ${MAX_FAULTY_PEERS} peers`),
});

const MAX_PLUGINS = 256;
/** By plugin and key. What a plugin takes is told by its manifest. */
export const PluginSettings = z
  .record(
    z.string().max(64),
    z.record(z.string().max(64), z.union([z.string().max(4_096), z.number(), z.boolean()])),
  )
  .refine(table => Object.keys(table).length <= MAX_PLUGINS, `at most ${MAX_PLUGINS} plugins`);

export const NodeOptions = z.strictObject({
  /** Shown in logs and `node_info`. */
  name: z.string().min(1).max(64),
  /** Directory of this node alone. */
  dir: z.string().min(1),
  /** Canonical bytes of the genesis, 0x hex. */
  genesis: hex,
  /** Secret URI of the ed25519 validator key; null for a node that only follows. */
  validator: z.string().nullable(),
  /** Secret URI of the dev authority; null where the node must not send dev transactions. */
  devAuthority: z.string().nullable(),
  p2p: z.strictObject({
    /** 32-byte seed of the node's network identity, 0x hex. */
    seed: hex,
    host: z.string(),
    port,
    /** Multiaddrs of the other nodes. */
    peers: z.array(z.string()),
    /** And of those that are starting as well and dial this one: dialled only if they have not come after a while. */
    expected: z.array(z.string()).optional(),
  }),
  rpc: z.strictObject({
    host: z.string(),
    port,
    /** Requests a second of one address, 0 without a limit; absent: with the value in `node/rpc/options.ts`. */
    rateLimit: z.number().int().min(0).optional(),
    /** Whoever shows it in the header `devnet-pass` is under no such limit. */
    pass: z.string().min(16).max(128).optional(),
  }),
  blockMode: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('auto'), emptyMs: z.number().int().min(10) }),
    z.strictObject({ kind: z.literal('interval'), ms: z.number().int().min(10) }),
    z.strictObject({ kind: z.literal('manual') }),
  ]),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Signature verification threads; 0 verifies on the main thread. */
  verifyThreads: z.number().int().min(0).max(16).optional(),
  /** Where consensus modules run; those that are not named run in the process of the node. */
  consensus: z
    .array(
      z.strictObject({
        id: z.number().int().min(0).max(0xffff_ffff),
        runner: z.enum(['built-in', 'process']),
        /** For a process: the author's file, whose sha256 the chain pins; without it the code that comes with the node. */
        file: z.string().min(1).optional(),
        /** Its export; `default` without it. */
        exportName: z.string().min(1).optional(),
        /** The weakest isolation that is accepted (docs/threat-model.md); without it code of the node has a plain process. */
        isolation: z.enum(['T1', 'T2', 'T3']).optional(),
      }),
    )
    .max(256)
    .optional(),
  /** Absent: with the values in `node/snapshot/parts.ts`. */
  sync: z
    .strictObject({
      /** Whether this node may take the state of a recent height instead of executing all blocks up to it. */
      snapshot: z.enum(['auto', 'never']),
      /** Heights that a peer must be ahead for that. */
      ahead: z.number().int().min(1).optional(),
      /** States after heights that this divides are held for others. */
      every: z.number().int().min(1).optional(),
      /** How many of them. */
      keep: z.number().int().min(0).max(8).optional(),
    })
    .optional(),
  /** Absent: a node without plugins of its own. */
  plugins: z
    .strictObject({
      /** One folder per plugin. */
      directory: z.string().min(1),
      /** Maintainers whose signatures count: addresses, or 0x and 32 bytes. */
      trusted: z.array(z.string().regex(/^(0x[0-9a-f]{64}|[1-9A-HJ-NP-Za-km-z]{40,64})$/)).max(1_000),
      /** What becomes of plugins that not enough of them have signed. */
      unsigned: z.enum(['allow', 'refuse']),
      /** The weakest isolation that is accepted for any plugin; without it what its manifest says. */
      isolation: z.enum(['T1', 'T2', 'T3']).optional(),
      /** By plugin, for the keys of its `[config_schema]`. */
      settings: PluginSettings,
    })
    .optional(),
  /** In force from the start; only on a devnet. */
  faults: FaultRules.optional(),
});
export type NodeOptions = z.infer<typeof NodeOptions>;

/** What a node process tells its parent over the IPC channel. */
export type NodeMessage =
  /** Its RPC answers. */
  | {
      readonly kind: 'ready';
      readonly rpcPort: number;
      readonly peerId: string;
      readonly addresses: readonly string[];
    }
  /** It is ready in the sense of `/readyz`: it has its peers and a final block. */
  | { readonly kind: 'joined' }
  | { readonly kind: 'fatal'; readonly name: string; readonly message: string; readonly hint: string };

/** Exit code of a node process that said `fatal` before it left. */
export const FATAL_EXIT = 70;
