/** Code that V8 has compiled, kept for the next start: it makes a start faster and never another. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CODE_CACHE, codeDirectory, objection } from '../../node/compiled/directory.ts';
import { start } from '../../node/compiled/start.ts';
import { fileOf, readCode, writeCode } from '../../node/compiled/store.ts';
import { type CompiledCode, compiledCode, importModule } from '../../node/compiled/use.ts';
import { ROOT } from '../tidy/sources.ts';

const root = mkdtempSync(join(tmpdir(), 'devnet-compiled-'));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
/** A directory that does not exist yet. */
const fresh = (): string => join(root, `${made++}`);

describe('the directory of compiled code', () => {
  const home = () => '/home/ada';

  it('is that of the user for caches, unless somebody says otherwise', () => {
    assert.equal(codeDirectory({}, home, 'linux'), '/home/ada/.cache/devnet');
    assert.equal(codeDirectory({}, home, 'darwin'), '/home/ada/Library/Caches/devnet');
    assert.equal(codeDirectory({ XDG_CACHE_HOME: '/caches' }, home, 'linux'), '/caches/devnet');
    assert.equal(codeDirectory({ XDG_CACHE_HOME: 'caches' }, home, 'linux'), '/home/ada/.cache/devnet');
    assert.equal(codeDirectory({ [CODE_CACHE]: '/mine', XDG_CACHE_HOME: '/caches' }, home), '/mine');
    assert.equal(codeDirectory({ [CODE_CACHE]: '' }, home, 'linux'), '/home/ada/.cache/devnet');
  });

  it('is none where nobody wants one, or the user has no home', () => {
    assert.equal(codeDirectory({ [CODE_CACHE]: 'off' }, home), null);
    const homeless = (): string => {
      throw new Error('no such user');
    };
    assert.equal(codeDirectory({}, homeless, 'linux'), null);
  });

  it('is refused where others could put code into it', function () {
    if (process.platform === 'win32') this.skip();
    const [own, link, file] = [fresh(), fresh(), fresh()];
    mkdirSync(own, { mode: 0o700 });
    assert.equal(objection(own), null);
    for (const mode of [0o720, 0o702]) {
      chmodSync(own, mode);
      assert.equal(objection(own), `others may write to ${own}`);
      assert.deepEqual(readCode(own, 'a.code'), { kind: 'refused', reason: `others may write to ${own}` });
      assert.equal(
        writeCode(own, 'a.code', () => Buffer.from('code')),
        `others may write to ${own}`,
      );
    }
    chmodSync(own, 0o700);
    symlinkSync(own, link);
    writeFileSync(file, '');
    for (const path of [link, file]) assert.equal(objection(path), `${path} is no directory`);
    if (process.getuid?.() !== 0) return;
    chownSync(own, 1, 1);
    assert.equal(objection(own), `${own} belongs to another user`);
  });
});

describe('the files of compiled code', () => {
  const code = Buffer.from('compiled code, says V8');
  const compile = (): Buffer => code;

  it('hold what was kept, for this user alone', () => {
    const directory = fresh();
    assert.deepEqual(readCode(directory, 'a.code'), { kind: 'absent' });
    assert.equal(writeCode(directory, 'a.code', compile), null);
    assert.deepEqual(readCode(directory, 'a.code'), { kind: 'found', code });
    assert.deepEqual(readCode(directory, 'b.code'), { kind: 'absent' });
    assert.equal(statSync(join(directory, 'a.code')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(directory), ['a.code']);
  });

  it('are refused when a byte is another, or the end is missing', () => {
    const directory = fresh();
    writeCode(directory, 'a.code', compile);
    const path = join(directory, 'a.code');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(path, damaged);
      assert.equal(readCode(directory, 'a.code').kind, 'refused', `byte ${at}`);
    }
    for (const length of [0, 1, 31, 32, 33, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      assert.equal(readCode(directory, 'a.code').kind, 'refused', `${length} bytes`);
    }
    truncateSync(path, 65 * 1024 * 1024);
    assert.deepEqual(readCode(directory, 'a.code'), {
      kind: 'refused',
      reason: `${path} has 68157440 bytes`,
    });
    rmSync(path);
    mkdirSync(path);
    assert.equal(readCode(directory, 'a.code').kind, 'refused');
  });

  it('are named by the whole source', () => {
    const names = ['a = 1', 'a = 2', 'a = 1 '].map(text => fileOf(Buffer.from(text)));
    assert.equal(new Set(names).size, 3);
    assert.equal(fileOf(Buffer.from('a = 1')), names[0]);
    for (const name of names) assert.match(name, /^[0-9a-f]{40}\.code$/);
  });

  it('are written by one, also when one has died over it', () => {
    const directory = fresh();
    mkdirSync(directory, { mode: 0o700 });
    const unfinished = join(directory, 'a.code.new');
    writeFileSync(unfinished, 'half');
    const busy = (): Buffer => assert.fail('another process is at it');
    assert.equal(writeCode(directory, 'a.code', busy), null);
    assert.deepEqual(readCode(directory, 'a.code'), { kind: 'absent' });
    const longAgo = Date.now() / 1000 - 61;
    utimesSync(unfinished, longAgo, longAgo);
    assert.equal(writeCode(directory, 'a.code', compile), null);
    assert.deepEqual(readdirSync(directory), ['a.code']);
  });

  it('leave nothing behind where writing fails, and say why', () => {
    const directory = fresh();
    const failing = (): Buffer => {
      throw new Error('out of memory');
    };
    assert.equal(writeCode(directory, 'a.code', failing), 'out of memory');
    assert.deepEqual(readdirSync(directory), []);
    writeFileSync(join(root, 'file'), '');
    assert.match(writeCode(join(root, 'file/below'), 'a.code', compile) ?? '', /ENOTDIR/);
  });

  it('go when there are too many, the oldest first; nothing else goes', () => {
    const directory = fresh();
    writeCode(directory, 'own.code', compile);
    writeFileSync(join(directory, 'notes.txt'), '');
    for (let age = 1; age <= 20; age++) {
      const path = join(directory, `${age}.code`);
      writeFileSync(path, '');
      utimesSync(path, 1_000_000 - age, 1_000_000 - age);
    }
    writeCode(directory, 'next.code', compile);
    const left = [...Array(10)].map((_, index) => `${index + 1}.code`);
    assert.deepEqual(readdirSync(directory).sort(), [...left, 'next.code', 'notes.txt', 'own.code'].sort());
  });
});

describe('a start from compiled code', () => {
  const SEEN = Symbol.for('devnet.test.compiled');
  type Seen = { [SEEN]?: unknown[] };
  const environment = process.env[CODE_CACHE];
  let directory: string;
  let program: string;

  const wrap = (body: string): string => `(function(exports,require,module,__filename,__dirname){${body}\n})`;
  const body = (value: string): string =>
    `const seen = globalThis[Symbol.for('devnet.test.compiled')]; function say(x) { seen.push(x); } say(${value});`;

  /** What the program said, and what it knows of its code. */
  function run(): { readonly said: unknown; readonly code: CompiledCode } {
    const seen: unknown[] = [];
    (globalThis as Seen)[SEEN] = seen;
    start(program);
    const code = compiledCode();
    assert.ok(code !== undefined);
    assert.equal(seen.length, 1);
    return { said: seen[0], code };
  }

  beforeEach(() => {
    directory = fresh();
    program = `${directory}.cjs`;
    process.env[CODE_CACHE] = directory;
    writeFileSync(program, wrap(body('1')));
  });
  afterEach(() => {
    delete (globalThis as Seen)[SEEN];
    if (environment === undefined) delete process.env[CODE_CACHE];
    else process.env[CODE_CACHE] = environment;
  });

  it('uses what an earlier start has kept', () => {
    const first = run();
    assert.deepEqual([first.said, first.code.state], [1, 'absent']);
    assert.equal(first.code.keep(), null);
    const second = run();
    assert.deepEqual([second.said, second.code.state], [1, 'used']);
    // It need not be kept once more.
    const [file = ''] = readdirSync(directory);
    rmSync(join(directory, file));
    assert.equal(second.code.keep(), null);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('runs the program as it is now, whatever was kept', () => {
    run().code.keep();
    // As long as before: V8 itself would take the old code for it.
    writeFileSync(program, wrap(body('2')));
    const changed = run();
    assert.deepEqual([changed.said, changed.code.state], [2, 'absent']);
  });

  it('does without a file that is damaged', () => {
    run().code.keep();
    const file = fileOf(readFileSync(program));
    const path = join(directory, file);
    const damaged = readFileSync(path);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    writeFileSync(path, damaged);
    const careful = run();
    assert.deepEqual([careful.said, careful.code.state], [1, 'refused']);
    assert.match(careful.code.detail, /is damaged/);
    assert.equal(careful.code.keep(), null);
    assert.equal(run().code.state, 'used');
  });

  it('does without a file that V8 rejects, and replaces it', () => {
    // V8 looks at none for a source that this process has compiled before.
    writeFileSync(program, wrap(body('/* never seen */ 1')));
    const file = fileOf(readFileSync(program));
    writeCode(directory, file, () => Buffer.from('no code of V8, with the right hash before it'));
    const rejected = run();
    assert.deepEqual(
      [rejected.said, rejected.code.state, rejected.code.detail],
      [1, 'refused', 'V8 has rejected it'],
    );
    assert.equal(rejected.code.keep(), null);
    assert.equal(run().code.state, 'used');
  });

  it('keeps nothing where that is off, and says so where it cannot', () => {
    process.env[CODE_CACHE] = 'off';
    const off = run();
    assert.deepEqual([off.said, off.code.state, off.code.keep()], [1, 'off', null]);
    assert.ok(!existsSync(directory));
    writeFileSync(directory, 'a file in its place');
    process.env[CODE_CACHE] = directory;
    const refused = run();
    assert.deepEqual([refused.said, refused.code.state], [1, 'refused']);
    assert.notEqual(refused.code.keep(), null);
  });

  it('gives the program what CommonJS modules have', () => {
    writeFileSync(
      program,
      wrap(body("[__filename, __dirname, module.exports === exports, require('node:path').sep]")),
    );
    assert.deepEqual(run().said, [program, root, true, '/']);
  });

  it('imports files that are no part of it', async () => {
    run();
    const file = `${directory}.mjs`;
    writeFileSync(file, 'export default 7;');
    assert.deepEqual({ ...((await importModule(pathToFileURL(file).href)) as object) }, { default: 7 });
  });

  it('may be done by several at once, under flags of their own', async function () {
    this.timeout(20_000);
    const file = join(root, 'several.ts');
    const use = join(ROOT, 'node/compiled');
    writeFileSync(
      file,
      `import { start } from '${use}/start.ts'; import { compiledCode } from '${use}/use.ts';
       globalThis[Symbol.for('devnet.test.compiled')] = []; start(process.argv[2]);
       const code = compiledCode(); console.log(code.state, code.keep() === null);`,
    );
    const child = async (...flags: string[]): Promise<string> => {
      const args = ['--import', 'tsx', ...flags, file, program];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
      return stdout.trim();
    };
    const together = await Promise.all([child(), child(), child()]);
    assert.ok(together.every(line => line.endsWith('true')));
    assert.equal(readdirSync(directory).length, 1);
    // Code that was compiled under other flags is none of theirs.
    assert.deepEqual(await Promise.all([child(), child('--no-lazy')]), ['used true', 'absent true']);
    assert.equal(readdirSync(directory).length, 2);
  });
});
