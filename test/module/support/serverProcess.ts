/** A module server in a process of its own, to be killed. Writes its URL to standard output. */
import { serveModule } from '../../../module/index.ts';
import { fakeChain } from './fakeChain.ts';
import { ALICE, FUNCTIONS, PRICE, SERVER } from './setup.ts';

const fake = fakeChain();
fake.setModule({ alias: 'echo', address: SERVER.address, url: '', prices: { echo: PRICE, fails: PRICE } });
fake.setReserve(ALICE.address, SERVER.address, 10n ** 12n);
const server = await serveModule({
  key: SERVER,
  client: fake.chain,
  dir: process.argv[2] ?? '',
  functions: FUNCTIONS,
});
process.stdout.write(`${server.url}\n`);
