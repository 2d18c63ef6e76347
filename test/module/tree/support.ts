/** A parent with children on a fake chain: real servers and clients, all in this process. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../../chain/index.ts';
import {
  createModuleClient,
  type FunctionDefinition,
  type Log,
  type ModuleClient,
  type ModuleServer,
  type ServeOptions,
  serveModule,
} from '../../../module/index.ts';
import { fastSigner } from '../../support/fastSigner.ts';
import { type FakeChain, type FakeLink, fakeChain } from '../support/fakeChain.ts';
import { directory, onEnd } from '../support/setup.ts';

export const PRICE = 1_000n;
export const CALLER = fastSigner('caller');

export interface Told {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that remembers, and that can be waited on. */
export interface TestLog extends Log {
  readonly told: Told[];
  /** Resolves when something like this is told, or was. */
  heard(text: string, child?: string): Promise<Told>;
}

export function testLog(): TestLog {
  const told: Told[] = [];
  const waiting = new Set<() => void>();
  const tell =
    (level: Told['level']) =>
    (fields: object, text: string): void => {
      told.push({ level, text, fields: { ...fields } });
      for (const look of waiting) look();
    };
  return {
    told,
    info: tell('info'),
    warn: tell('warn'),
    error: tell('error'),
    heard: (text, child) =>
      new Promise(resolve => {
        const look = (): void => {
          const found = told.find(
            each => each.text === text && (child === undefined || each.fields.child === child),
          );
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

type Functions = Readonly<Record<string, FunctionDefinition>>;

export interface Tree {
  readonly fake: FakeChain;
  readonly log: TestLog;
  /** Serves a module and puts it on the chain. */
  serve(name: string, functions: Functions, options?: Partial<ServeOptions>): Promise<ModuleServer>;
  /** Puts a module on the chain whose server is this; for liars. */
  pretend(name: string, listener: RequestListener): Promise<{ readonly url: string; close(): void }>;
  /** Children of a parent, by name, in place of all links there were. */
  link(...links: readonly (readonly [parent: string, child: string, kind?: FakeLink['kind']])[]): void;
  client(key?: KeyPair): Promise<ModuleClient>;
}

export const keyOf = (name: string): KeyPair => fastSigner(`module ${name}`);

export function plant(): Tree {
  const fake = fakeChain();
  const log = testLog();
  const reserve = (name: string): void =>
    fake.setReserve(CALLER.address, keyOf(name).address, 1_000_000n * PRICE);
  return {
    fake,
    log,
    async serve(name, functions, options = {}) {
      const key = keyOf(name);
      const prices = Object.fromEntries(Object.entries(functions).map(([fn, { price }]) => [fn, price]));
      // The prices are known before it serves; the URL follows with the port.
      fake.setModule({ alias: name, address: key.address, url: '', prices });
      reserve(name);
      const server = await serveModule({
        key,
        client: fake.chain,
        functions,
        dir: await directory(),
        log,
        // All of a tree share one process here: a request may have to wait long before it is read.
        requestTimeoutMs: 100_000,
        ...options,
      });
      fake.setUrl(key.address, server.url);
      onEnd(() => server.stop());
      return server;
    },
    async pretend(name, listener) {
      const http = createServer(listener);
      await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
      fake.setModule({ alias: name, address: keyOf(name).address, url, prices: {} });
      fake.setUrl(keyOf(name).address, url);
      const close = (): void => {
        http.closeAllConnections();
        http.close();
      };
      onEnd(async () => close());
      return { url, close };
    },
    link(...links) {
      fake.setLinks(
        links.map(([parent, child, kind]) => ({
          parent: keyOf(parent).address,
          child: keyOf(child).address,
          ...(kind === undefined ? {} : { kind }),
        })),
      );
    },
    async client(key = CALLER) {
      const client = await createModuleClient({ key, client: fake.chain, forgetFree: false });
      onEnd(() => client.close());
      return client;
    },
  };
}

/** What a child answers with its own name. */
export const worker = (name: string, run: () => unknown = () => name): Functions => ({
  work: { price: 0n, allow: 'parents', run },
});
