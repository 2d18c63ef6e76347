import { complianceChecks, processChecks } from '../../../consensus/compliance/index.ts';
import { overTheWire } from '../../node/plugins/overTheWire.ts';
import { subject } from './subject.ts';

describe('stake-time tokens comply with the interface', () => {
  for (const { name, run } of complianceChecks(subject)) it(name, run);
  const url = new URL('./subject.ts', import.meta.url).href;
  for (const { name, run } of processChecks({ url, exportName: 'subject' })) it(name, run);
});

describe('stake-time tokens behind the frames of a plugin process comply as well', () => {
  const { module, params, samples } = subject;
  for (const { name, run } of complianceChecks({ module: overTheWire(module), params, samples }))
    it(name, run);
});
