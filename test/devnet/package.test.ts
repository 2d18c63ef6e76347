/** The package as it is installed: without sources, and linked into the folders of plugins. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const prepare = () =>
    spawnSync(packageJson.scripts.prepare, { shell: true, cwd: folder, encoding: 'utf8' });

  // npm runs `prepare` of a package that is linked, as `devnet plugin new` links this one, at each `npm install` there.
  it('is not built where its sources are not, and built where they are', () => {
    assert.ok(!packageJson.files.includes('build.js'));
    const installed = prepare();
    assert.equal(installed.status, 0, installed.stderr);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'build.js'), 'console.log(await Promise.resolve("built"));');
    assert.equal(prepare().stdout, 'built\n');
    writeFileSync(join(folder, 'build.js'), 'throw new Error("broken");');
    assert.notEqual(prepare().status, 0);
  });
});
