import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completionScript, SHELLS, type Shell } from '../../devnet/help/completion.ts';
import { allCommands, pathOf } from '../../devnet/help/describe.ts';
import { createProgram } from '../../devnet/program.ts';

const { program } = await createProgram();
const scripts = Object.fromEntries(SHELLS.map(shell => [shell, completionScript(shell, program)])) as Record<
  Shell,
  string
>;

const directory = mkdtempSync(join(tmpdir(), 'completion-'));
/** What zsh keeps lies there too. */
const env = { ...process.env, ZDOTDIR: directory };
const isHere = (shell: Shell): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
const run = (shell: Shell, args: readonly string[], input: string): string => {
  const { stdout, stderr, status } = spawnSync(shell, args, { input, encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
};

describe('completion', () => {
  after(() => rmSync(directory, { recursive: true }));

  for (const shell of SHELLS) {
    it(`${shell}: knows the commands, their options and their choices`, () => {
      const script = scripts[shell];
      for (const word of ['completion', 'partition', 'register', '--share', '--json', 'fish', 'propose'])
        assert.ok(script.includes(word), word);
      assert.ok(!script.includes('undefined'));
    });

    it(`${shell}: is a script without mistakes`, function () {
      if (!isHere(shell)) this.skip();
      const file = join(directory, shell);
      writeFileSync(file, scripts[shell]);
      run(shell, ['-n', file], '');
    });
  }

  describe('bash', () => {
    before(function () {
      if (!isHere('bash')) this.skip();
    });

    /** What is offered for the last word. */
    const offered = (...words: readonly string[]): string[] =>
      run(
        'bash',
        ['--norc', '-s', '--', 'devnet', ...words],
        `${scripts.bash}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _devnet; printf '%s\\n' "\${COMPREPLY[@]}"\n`,
      )
        .split('\n')
        .filter(word => word !== '')
        .sort();

    it('offers commands, and those below them', () => {
      assert.ok(offered('').includes('doctor') && offered('').includes('--json'));
      assert.deepEqual(offered('pl'), ['plugin']);
      assert.deepEqual(offered('module', 're'), ['register', 'retire']);
      assert.deepEqual(offered('gov', 'propose', 'ca'), ['cancel']);
      assert.deepEqual(offered('nonsense', 'module', 'regi'), ['register']);
    });

    it('offers options of the command and of all commands', () => {
      assert.deepEqual(offered('link', 'propose', 'a', 'b', '--sh'), ['--share']);
      assert.deepEqual(offered('link', 'propose', 'a', 'b', '--js'), ['--json']);
      assert.deepEqual(offered('mine', '--share'), []);
    });

    it('offers the choices of arguments', () => {
      assert.deepEqual(
        offered('completion', ''),
        [
          ...['--dir', '--help', '--json', '--rpc', '--version', '-V', '-h'].sort(),
          'bash',
          'fish',
          'zsh',
        ].sort(),
      );
    });

    it('leaves values of options to files, and takes none for a command', () => {
      assert.deepEqual(offered('--dir', ''), []);
      assert.deepEqual(offered('--dir', 'module', 'regi'), []);
      assert.deepEqual(offered('--dir', 'module', 'link', 'tr'), ['tree']);
    });
  });

  it('zsh: offers commands and choices with what they do, in a shell that has not begun to complete', function () {
    if (!isHere('zsh')) this.skip();
    const file = join(directory, 'offers.zsh');
    // What zsh does with the offers is its own; here they are printed.
    writeFileSync(
      file,
      `source ${directory}/zsh\n_describe() { print -l -- "\${(@P)2}" }\n_files() { }\nwords=("$@")\nCURRENT=$#words\n_devnet\n`,
    );
    writeFileSync(join(directory, 'zsh'), scripts.zsh);
    const offered = (...words: readonly string[]): string[] =>
      run('zsh', ['-f', file, 'devnet', ...words], '')
        .split('\n')
        .map(line => line.split(':')[0] ?? '');
    assert.ok(offered('').includes('doctor'));
    const below = offered('gov', 'propose', '');
    assert.ok(below.includes('cancel') && below.includes('--json') && !below.includes('doctor'));
    assert.ok(offered('completion', '').includes('fish'));
    assert.ok(offered('--dir', 'module', 'link', '').includes('tree'));
    assert.deepEqual(offered('--dir', ''), ['']);
  });

  it('knows every command, so that none is forgotten', () => {
    const paths = allCommands(program)
      .filter(command => command !== program && command.name() !== 'help')
      .map(pathOf);
    for (const path of ['tx', 'dump', 'load', 'consensus cancel', 'rpc-faults'])
      assert.ok(paths.includes(path), path);
    for (const shell of SHELLS)
      for (const path of paths) assert.ok(scripts[shell].includes(` ${path}`), `${shell}: ${path}`);
  });

  it('fish: offers commands with what they do', function () {
    if (!isHere('fish')) this.skip();
    const file = join(directory, 'offers.fish');
    writeFileSync(file, scripts.fish);
    const offered = (line: string): string[] =>
      run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', file, line], '')
        .split('\n')
        // Files have no description.
        .filter(line => line.includes('\t'))
        .sort();
    const [register = '', retire = ''] = offered('devnet module re');
    assert.match(register, /^register\t.*sender's key/);
    assert.match(retire, /^retire\t/);
    assert.deepEqual(
      offered('devnet --dir module gov propose ca').map(line => line.split('\t')[0]),
      ['cancel'],
    );
  });
});
