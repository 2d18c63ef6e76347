import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { metered } from '../../../consensus/wasm/meter.ts';
import { buildGuest } from '../../../node/machine/bundleGuest.js';
import { MACHINE_HASHES, MACHINE_LIMITS } from '../../../node/machine/limits.ts';
import { engineFile, guestFile, sha256Of } from '../../../node/machine/program.ts';

/** UPDATE_MACHINE=1 writes `guest.js` anew: another machine, for which MACHINE_VERSION must grow. */
const UPDATES = process.env.UPDATE_MACHINE === '1';

describe('the metered machine is frozen', () => {
  it('in its engine, its meter and its limits', () => {
    const engine = readFileSync(engineFile());
    assert.equal(sha256Of(engine), MACHINE_HASHES.engine);
    assert.equal(sha256Of(metered(engine, MACHINE_LIMITS)), MACHINE_HASHES.metered);
  });

  it('in the code around the author’s: guest.js is what its sources make, and has its hash', async () => {
    const fresh = await buildGuest();
    if (UPDATES) writeFileSync(guestFile(), fresh);
    assert.equal(sha256Of(fresh), MACHINE_HASHES.guest, 'set MACHINE_HASHES.guest and MACHINE_VERSION');
    assert.equal(sha256Of(readFileSync(guestFile())), MACHINE_HASHES.guest);
  });
});
