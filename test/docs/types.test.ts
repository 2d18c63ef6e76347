/** The programs of the tutorial for programs, as their author's editor sees them: strict, against the packed package. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { node, packed, TSC } from '../e2e/packed.ts';
import { ROOT } from '../tidy/sources.ts';
import { blocks } from './page.ts';

const PAGE = 'docs/tutorials/app.md';

/** Holds only if the types are no `any`. */
const WRONG = `import { openTill } from './till.ts';
// @ts-expect-error a number is no client
await openTill(7, 'bob');
`;

/** What the page writes into files. */
const files = blocks(PAGE, 'sh').flatMap(block =>
  Array.from(block.matchAll(/^cat > (\S+) <<'END'\n(.*?)^END$/gms), ([, name = '', text = '']) => ({
    name,
    text,
  })),
);

describe('the programs of app.md', function () {
  this.timeout(180_000);

  it('have types that hold', async () => {
    const { home } = await packed();
    const folder = join(home, 'shop');
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    for (const name of ['@types', 'zod'])
      await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    const [settings = ''] = blocks(PAGE, 'json');
    const around = [
      { name: 'tsconfig.json', text: settings },
      { name: 'package.json', text: '{ "type": "module" }' },
      { name: 'wrong.ts', text: WRONG },
    ];
    for (const { name, text } of [...files, ...around]) await writeFile(join(folder, name), text);
    assert.equal(files.length, 6);
    assert.doesNotMatch(settings, /skipLibCheck|dom/i);
    const found = await node(folder, TSC, '-p', '.').catch((failed: { stdout: string }) => failed);
    assert.equal(found.stdout, '');
  });
});
