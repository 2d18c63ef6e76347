/** The clients of parents: one for each module, however many routers it has, because nonces are counted per key. */
import { createModuleClient, type ModuleClient } from '../client/client.ts';
import type { ModuleHost } from '../server/host.ts';

interface Shared {
  readonly client: Promise<ModuleClient>;
  users: number;
}

/**
 * By host. The client is made here and not by the host, which may be another copy of this code (the bundled CLI serves
 * files that import the SDK): its errors would not be the ones that routers know.
 */
const clients = new WeakMap<ModuleHost, Shared>();

/** Resolves with the client of a host's module, and with what gives it back. */
export async function borrowClient(
  host: ModuleHost,
): Promise<[client: ModuleClient, back: () => Promise<void>]> {
  const { key, chain } = host;
  const shared = clients.get(host) ?? {
    client: createModuleClient({ key, client: chain, forgetFree: true }),
    users: 0,
  };
  clients.set(host, shared);
  shared.users++;
  const back = async (): Promise<void> => {
    if (--shared.users > 0) return;
    clients.delete(host);
    await (await shared.client).close();
  };
  try {
    return [await shared.client, back];
  } catch (error) {
    clients.delete(host);
    throw error;
  }
}
