import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { probeIsolation } from '../../../node/isolation/index.ts';
import type { Tier } from '../../../node/package/index.ts';
import { MARK, PORT, SECRET } from './attacker.ts';
import { type Bed, openBed } from './bed.ts';
import { TABLE } from './table.ts';

/** In the table: to a server of this test, whose port nobody knows before. */
const CONNECTING = 30;
/** As many lines as the log takes in the seconds that the flood lasts. */
const MAX_LINES = 5_000;

for (const tier of ['T1', 'T2', 'T3'] as const satisfies readonly Tier[])
  describe(`attacks of a plugin in ${tier}`, function () {
    this.timeout(30_000);
    let bed: Bed;
    let connections = 0;
    let signals = 0;
    const server = createServer(() => connections++);
    const onSignal = (): void => void signals++;

    before(async function () {
      const { tiers, missing } = await probeIsolation();
      if (!tiers.includes(tier)) {
        console.log(`      skipped: ${missing[tier] ?? ''}`);
        this.skip();
      }
      process.on('SIGUSR2', onSignal);
      await writeFile(SECRET, 'a key', { mode: 0o600 });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      bed = await openBed(tier);
    });
    after(async () => {
      process.off('SIGUSR2', onSignal);
      server.close();
      await rm(SECRET, { force: true });
      await bed?.runner.close();
    });

    for (const { number, name, tiers } of TABLE)
      it(`${name}: ${tiers[tier].words}`, async () => {
        const { port } = server.address() as AddressInfo;
        const verdict = await bed.verdict(number === CONNECTING ? PORT + port : number);
        assert.match(verdict, tiers[tier].verdict);
        // Blocks go on. What is still wrong with the process shows with the next request, and costs that one at most.
        const next = await bed.verdict(0);
        if (next !== 'good') assert.equal(await bed.verdict(0), 'good', next);
      });

    it('none of them came through', () => {
      assert.equal(connections, 0);
      assert.equal(signals, 0);
      assert.equal(existsSync(MARK), false);
      assert.ok(bed.lines() < MAX_LINES, `${bed.lines()} lines in the log`);
    });
  });
