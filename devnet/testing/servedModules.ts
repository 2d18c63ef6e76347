/** The module servers and clients of a test. What was served in the setup is served anew for each test, with empty books. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyPair } from '../../chain/index.ts';
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import {
  createModuleClient,
  type ModuleClient,
  type ModuleServer,
  registerModule,
  serveModule,
} from '../../module/index.ts';
import type { Client } from '../../node/client/index.ts';
import type { ModuleTerms, RunningChain, ServedModule } from './runningTypes.ts';

/** Milliseconds for calls and claims under way when a test ends: nobody waits for them any more. */
const STOP_MS = 100;

export interface ServedModulesOptions {
  readonly directory: string;
  readonly client: Client;
  readonly keyOf: (who: string) => KeyPair;
  readonly idOf: (consensus: number | string) => number;
  /** For claims under consensus modules that do not come with devnet. */
  readonly mechanisms: readonly ConsensusModule[];
}

class Server implements ServedModule {
  readonly id: number;
  readonly alias: string;
  readonly key: KeyPair;
  readonly url: string;
  readonly terms: ModuleTerms;
  server: ModuleServer;
  constructor(from: ServedModule & { readonly terms: ModuleTerms }) {
    this.id = from.id;
    this.alias = from.alias;
    this.key = from.key;
    this.url = from.url;
    this.terms = from.terms;
    this.server = from.server;
  }
}

export class ServedModules {
  readonly #options: ServedModulesOptions;
  #kept: readonly Server[] = [];
  #servers: readonly Server[] = [];
  #clients: readonly ModuleClient[] = [];
  #folders = 0;

  constructor(options: ServedModulesOptions) {
    this.#options = options;
  }

  async serve(who: string, terms: ModuleTerms): Promise<ServedModule> {
    const { client, keyOf, idOf } = this.#options;
    const { functions, maxLinks } = terms;
    const [key, alias] = [keyOf(who), terms.alias ?? who];
    const server = await this.#listen(key, terms);
    try {
      const consensus = idOf(terms.consensus ?? 0);
      const { url } = server;
      const { id } = await registerModule({ key, client, alias, url, functions, consensus, maxLinks });
      const served = new Server({ id, alias, key, url, terms, server });
      this.#servers = [...this.#servers, served];
      return served;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async client(who: string, options: Parameters<RunningChain['moduleClient']>[1]): Promise<ModuleClient> {
    const { client, keyOf } = this.#options;
    const made = await createModuleClient({ ...options, key: keyOf(who), client });
    this.#clients = [...this.#clients, made];
    return made;
  }

  /** What is served now belongs to the setup. */
  keep(): void {
    this.#kept = this.#servers;
  }

  /** Nobody has asked what the setup serves, and there is nothing else. */
  get isUntouched(): boolean {
    const isAsked = ({ server: { counters } }: Server): boolean =>
      counters.answered + counters.refused + counters.failed > 0;
    return this.#clients.length === 0 && this.#servers === this.#kept && !this.#kept.some(isAsked);
  }

  /** Call before the chain goes back: servers and clients follow it. */
  async stop(): Promise<void> {
    const [servers, clients] = [this.#servers, this.#clients];
    this.#servers = [];
    this.#clients = [];
    await Promise.all([
      ...servers.map(({ server }) => server.stop()),
      ...clients.map(client => client.close()),
    ]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Serves again what belongs to the setup, under the same URLs. */
  async again(): Promise<void> {
    await Promise.all(
      this.#kept.map(async served => {
        served.server = await this.#listen(served.key, served.terms, served.server.port);
      }),
    );
    this.#servers = this.#kept;
  }

  /** The setup runs again: what it served is served by that. */
  forget(): void {
    this.#kept = [];
  }

  get #folder(): string {
    return join(this.#options.directory, 'modules');
  }

  #listen(key: KeyPair, terms: ModuleTerms, port = 0): Promise<ModuleServer> {
    const { functions, links, description, limits, now, log } = terms;
    const { client, mechanisms } = this.#options;
    const dir = join(this.#folder, `${this.#folders++}`);
    const how = { functions, links, description, limits, now, log };
    return serveModule({ ...how, key, client, mechanisms, dir, port, stopMs: STOP_MS });
  }
}
