import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTypes } from '../../../devnet/plugins/dev/typeCheck.ts';
import { ROOT } from '../../tidy/sources.ts';

describe('the types of a plugin', () => {
  let root = '';
  const file = (name: string) => join(root, name);
  const check = (signal = new AbortController().signal) => checkTypes(root, signal);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'types-'));
    await mkdir(file('src'));
    await writeFile(file('package.json'), '{ "type": "module" }\n');
    await writeFile(file('src/index.ts'), "export const n: number = 'one';\n");
  });
  afterEach(() => rm(root, { recursive: true }));

  it('are not checked, with the reason, where something is missing', async () => {
    assert.match((await check()) ?? '', /no tsconfig/);
    await writeFile(file('tsconfig.json'), '{ "compilerOptions": { "strict": true, "types": [] } }\n');
    assert.match((await check()) ?? '', /npm install/);
    await mkdir(file('node_modules'));
    await symlink(join(ROOT, 'node_modules/typescript'), file('node_modules/typescript'));
    assert.match((await check()) ?? '', /npm run types/);
  });

  it('are told by file, line and column where they are wrong', async () => {
    await writeFile(file('tsconfig.json'), '{ "compilerOptions": { "strict": true, "types": [] } }\n');
    await mkdir(file('node_modules/devnet/dist'), { recursive: true });
    await mkdir(file('node_modules/devnet/types/consensus'), { recursive: true });
    await symlink(join(ROOT, 'node_modules/typescript'), file('node_modules/typescript'));
    const kit = { name: 'devnet', exports: { './consensus': './dist/consensus.js' } };
    await writeFile(file('node_modules/devnet/package.json'), JSON.stringify(kit));
    await writeFile(file('node_modules/devnet/dist/consensus.js'), 'export {};\n');
    await assert.rejects(check(), { name: 'TYPES_FAILED', message: /^src\/index\.ts:1:14: error TS2322: / });
    await writeFile(file('src/index.ts'), 'export const n: number = 1;\n');
    assert.equal(await check(), null);
    await assert.rejects(check(AbortSignal.abort('saved again')));
  });
});
