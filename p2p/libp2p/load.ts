/**
 * The only place that loads libp2p. It is loaded when a network is created, not when this folder is imported, so
 * that a node can read its store in the meantime.
 */

/** Node 20 has no Promise.withResolvers, and libp2p 3 calls it. */
function provideWithResolvers(): void {
  if ('withResolvers' in Promise) return;
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value: withResolvers,
  });
}

function withResolvers<T>(this: PromiseConstructor): object {
  const resolvers: { resolve?: (value: T) => void; reject?: (reason: unknown) => void } = {};
  const promise = new this<T>((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return { promise, ...resolvers };
}

export type Libp2pModules = Awaited<ReturnType<typeof loadLibp2p>>;

export async function loadLibp2p() {
  provideWithResolvers();
  const [core, { tcp }, { noise }, { yamux }, { identify }, { privateKeyFromRaw }, { multiaddr }] =
    await Promise.all([
      import('libp2p'),
      import('@libp2p/tcp'),
      import('@chainsafe/libp2p-noise'),
      import('@chainsafe/libp2p-yamux'),
      import('@libp2p/identify'),
      import('@libp2p/crypto/keys'),
      import('@multiformats/multiaddr'),
    ]);
  return { createLibp2p: core.createLibp2p, tcp, noise, yamux, identify, privateKeyFromRaw, multiaddr };
}
