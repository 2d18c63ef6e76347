/** The JSON about plugins that travels between a node and its clients; see `wire.ts`. */

/** A plugin of one node. */
export interface PluginJson {
  readonly name: string;
  /** null where its manifest cannot be read. */
  readonly version: string | null;
  readonly provides: 'consensus' | 'service' | null;
  /** sha256; null for code that comes with the node. */
  readonly codeHash: string | null;
  /** Maintainers whose signature is right, and those of them that the operator trusts. */
  readonly signers: readonly string[];
  readonly trusted: readonly string[];
  readonly capabilities: readonly string[];
  /** The isolation that it runs in. */
  readonly tier: 'T1' | 'T2' | 'T3' | null;
  readonly state:
    | 'refused'
    /** A consensus module that no consensus id of this node runs. */
    | 'available'
    /** Something that it needs does not run. */
    | 'blocked'
    | 'starting'
    | 'running'
    /** Between a crash and the next start. */
    | 'waiting'
    | 'quarantined'
    | 'stopped';
  /** Why it does not run. */
  readonly reason: string | null;
  /** The account of a service on this node, SS58. */
  readonly address: string | null;
  readonly restarts: number;
  readonly errors: number;
  readonly lastError: string | null;
  /** Resident bytes; null where the system does not tell. */
  readonly memory: number | null;
  /** Seconds of CPU since its start; null where the system does not tell. */
  readonly cpu: number | null;
}

/** Names as seed 1 has them; `module_id` is the sha256 of the code. */
export type PluginNotice =
  | {
      readonly kind: 'ModuleLoaded';
      readonly module_id: string;
      readonly module_name: string;
      readonly version: string;
    }
  | { readonly kind: 'ModuleUnloaded'; readonly module_id: string; readonly module_name: string };

interface Nothing {
  readonly [name: string]: never;
}

export interface PluginMethods {
  plugin_list: { params: Nothing; result: readonly PluginJson[] };
  plugin_subscribe: { params: { readonly topic?: 'lifecycle' | undefined }; result: string };
  plugin_unsubscribe: { params: { readonly subscription: string }; result: boolean };
  dev_pluginReload: {
    params: { readonly name?: string | undefined };
    result: readonly PluginJson[];
  };
  dev_pluginRelease: { params: { readonly name: string }; result: PluginJson };
}
