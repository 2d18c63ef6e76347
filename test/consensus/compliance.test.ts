import assert from 'node:assert/strict';
import { ComplianceError, complianceChecks, processChecks } from '../../consensus/compliance/index.ts';
import { badModules, goodSubject } from './bad-modules.ts';
import { inBothRunners } from './runners.ts';
import { subject } from './subject.ts';

const here = (file: string) => new URL(file, import.meta.url).href;

inBothRunners('consensus-0 complies with the interface', ({ module, isolated }) => {
  for (const { name } of complianceChecks(subject))
    it(name, () =>
      complianceChecks({ ...subject, module: module() })
        .find(check => check.name === name)
        ?.run(),
    );
  // Each starts processes itself, with another time zone and heap: what they find is in the code, wherever it runs.
  if (isolated) return;
  for (const { name, run } of processChecks({ url: here('./subject.ts'), exportName: 'subject' }))
    it(name, run);
});

describe('the compliance suite', () => {
  it('passes a small honest module', async () => {
    for (const { run } of complianceChecks(goodSubject)) await run();
  });

  for (const [code, what, bad] of badModules)
    it(`catches a module that ${what}`, async () => {
      const found: string[] = [];
      for (const { run } of complianceChecks(bad)) {
        try {
          await run();
        } catch (error) {
          assert.ok(error instanceof ComplianceError, `${error}`);
          found.push(error.code);
        }
      }
      assert.ok(found.includes(code), `found ${found.join(', ') || 'nothing'}`);
    });

  const inProcesses: [string, string, string][] = [
    ['NOT_DETERMINISTIC', 'depends on the time zone', 'clockSubject'],
    ['NOT_DETERMINISTIC', 'depends on the locale', 'localeSubject'],
    ['HANG', 'never answers', 'hangingSubject'],
    ['CRASH', 'ends its process', 'crashingSubject'],
  ];
  for (const [code, what, exportName] of inProcesses)
    it(`catches a module that ${what}, in fresh processes`, async () => {
      const deadline = code === 'HANG' ? 3_000 : 30_000;
      const [check] = processChecks({ url: here('./bad-modules.ts'), exportName, deadline });
      assert.ok(check);
      await assert.rejects(async () => check.run(), { code });
    });
});
