import { complianceChecks, processChecks } from '../../../consensus/compliance/index.ts';
import { elsewhere } from './runners.ts';
import { subject } from './subject.ts';

describe('cells comply with the interface', () => {
  for (const { name, run } of complianceChecks(subject)) it(name, run);
  const url = new URL('./subject.ts', import.meta.url).href;
  for (const { name, run } of processChecks({ url, exportName: 'subject' })) it(name, run);
});

describe('cells comply with the interface, in a process of their own', () => {
  for (const { name } of complianceChecks(subject))
    it(name, () =>
      complianceChecks({ ...subject, module: elsewhere() })
        .find(check => check.name === name)
        ?.run(),
    );
});
