// A module server in a process of its own, as a stranger would write one: on the published bundles, which start three
// times as fast as the sources. `module-server.js <options as JSON>`, see ModuleServerOptions in modules.ts.
import { createClient } from '../../dist/client.js';
import { keyPairFromUri, serveModule } from '../../dist/module.js';

/** More epochs than any run has: the evidence of all of them is looked at in the end. */
const KEEP_ALL = 1_000_000;

const log = level => (fields, message) => console.log(JSON.stringify({ level, message, ...fields }));

process.on('disconnect', () => process.exit(0));
const { secret, price, node, dir, port } = JSON.parse(process.argv[2]);
const server = await serveModule({
  key: keyPairFromUri(secret, 'ed25519'),
  client: createClient(node),
  functions: { echo: { price: BigInt(price), run: params => params } },
  dir,
  port,
  keepEpochs: KEEP_ALL,
  log: { info: log('info'), warn: log('warn'), error: log('error') },
});
process.send?.({ kind: 'ready', url: server.url });
