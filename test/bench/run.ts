/**
 * `npm run bench [name ...]`: measures real processes and prints figures. Nothing here passes or fails: these machines
 * are noisy, and a timed test would be too.
 */
import { built } from '../e2e/support.ts';
import { asking } from './asking.ts';
import { calls } from './calls.ts';
import { cells } from './cells.ts';
import { fixtures } from './fixtures.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { lua } from './lua.ts';
import { memory } from './memory.ts';
import { pair } from './pair.ts';
import { print } from './report.ts';
import { rpc } from './rpc.ts';
import { settlement } from './settlement.ts';
import { snapshot } from './snapshot.ts';
import { spam } from './spam.ts';
import { startup } from './startup.ts';
import { sync } from './sync.ts';

const benches = {
  lua,
  cells,
  asking,
  calls,
  pair,
  isolation,
  startup,
  latency,
  settlement,
  rpc,
  memory,
  sync,
  snapshot,
  spam,
  fixtures,
};
type Name = keyof typeof benches;

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(
    `no bench named ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(2);
}
await built();
for (const name of Object.keys(benches) as Name[])
  if (wanted.length === 0 || wanted.includes(name)) print(name, await benches[name]());
