import assert from 'node:assert/strict';
import { blocks, read } from './page.ts';

describe('tutorials show code that is run', () => {
  /** Each piece of a block between ellipses and outer indentation must stand in one of the files. */
  const shown: readonly (readonly [page: string, files: readonly string[]])[] = [
    [
      'docs/tutorials/trees.md',
      ['examples/replica-set/router.ts', 'examples/replica-set/replica.ts', 'examples/subnet/modules.ts'],
    ],
    [
      'docs/tutorials/plugin.md',
      ['devnet/plugins/template/src/index.ts', 'devnet/plugins/template/test/tip-jar.test.ts'],
    ],
    ['docs/testing.md', ['examples/payroll/test/payroll.test.ts']],
    [
      'docs/tutorials/consensus-module.md',
      ['examples/timeLock.ts', 'test/examples/timeLock.subject.ts', 'test/examples/timeLock.test.ts'],
    ],
  ];
  for (const [page, files] of shown)
    it(page, () => {
      const sources = files.map(file => read(file).replace(/^ +/gm, ''));
      const pieces = blocks(page, 'ts').flatMap(block => block.replace(/^ +/gm, '').split('// ...\n'));
      assert.ok(pieces.length > 0);
      for (const piece of pieces)
        assert.ok(
          sources.some(source => source.includes(piece)),
          `not in ${files.join(', ')}:\n${piece}`,
        );
    });
});
