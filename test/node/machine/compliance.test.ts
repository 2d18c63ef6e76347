import assert from 'node:assert/strict';
import { complianceChecks, replayAll } from '../../../consensus/compliance/index.ts';
import { describe as describeModule } from '../../../node/plugins/describe.ts';
import { subject } from '../../consensus/subject.ts';
import { subject as timeLock } from '../../examples/timeLock.subject.ts';
import { overTheWire } from '../plugins/overTheWire.ts';
import { bundled, inMachine } from './support.ts';

const SUBJECTS = [
  {
    name: 'consensus-0',
    one: subject,
    file: '../../../consensus/consensus-0/index.ts',
    exportName: 'consensus0',
  },
  {
    name: 'the time lock of the tutorial',
    one: timeLock,
    file: '../../../examples/timeLock.ts',
    exportName: 'timeLock',
  },
];

for (const { name, one, file, exportName } of SUBJECTS) {
  const machine = inMachine(await bundled(file, import.meta.url), exportName);
  const isolated = { ...one, module: overTheWire(one.module, machine.code) };
  describe(`${name} in the metered machine`, function () {
    this.timeout(120_000);
    it('describes itself as it does here', () => {
      assert.deepEqual(describeModule(machine.shell), describeModule(one.module));
    });
    it('gives the outcomes that it gives here', () => {
      assert.equal(replayAll(isolated), replayAll(one));
    });
    for (const { name: check, run } of complianceChecks(isolated)) it(check, run);
  });
}
