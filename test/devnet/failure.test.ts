/** What is told of what went wrong: to people and to programs, in the words of the command line. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHAIN_ERRORS, chainError, TOKEN } from '../../chain/index.ts';
import { commandHint, commandMessage } from '../../devnet/commandWords.ts';
import { openContext } from '../../devnet/context.ts';
import { makeDirectories } from '../../devnet/directory.ts';
import { CliError, EXIT, usageError } from '../../devnet/errors.ts';
import { describeFailure } from '../../devnet/failure.ts';
import { commandIn } from '../../devnet/help/describe.ts';
import { nearest } from '../../devnet/nearest.ts';
import { createProgram } from '../../devnet/program.ts';
import { listenError } from '../../devnet/supervisor/ports.ts';
import { readRunFile } from '../../devnet/supervisor/runFile.ts';
import { RpcError } from '../../node/client/index.ts';
import { HostError } from '../../node/host/errors.ts';
import { poolError } from '../../node/pool/errors.ts';
import { RPC_ERRORS } from '../../node/rpc/errors.ts';

/** What a work throws. */
function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('it did not throw');
}

const { program } = await createProgram();

describe('a failure', () => {
  it('what the operating system says of a path is told in words', () => {
    const here = import.meta.dirname;
    for (const [path, work, name] of [
      [join(here, 'nothing'), (file: string) => readFileSync(file), 'NO_SUCH_FILE'],
      [import.meta.filename, (file: string) => mkdirSync(file), 'FILE_EXISTS'],
      [join(import.meta.filename, 'below'), (file: string) => readFileSync(file), 'NOT_A_DIRECTORY'],
    ] as const) {
      const failure = describeFailure(thrownBy(() => work(path)));
      assert.equal(failure.name, name);
      assert.ok(failure.message.startsWith(`${path} `), failure.message);
      assert.ok(!failure.hint.includes('DEVNET_DEBUG'));
      assert.equal(failure.exit, EXIT.failed);
    }
  });

  it('a directory without a devnet is named in full, for whoever stands in another one', () => {
    const failure = describeFailure(thrownBy(() => readRunFile('no/devnet')));
    assert.equal(failure.message, `no devnet runs in ${join(process.cwd(), 'no/devnet')}`);
    assert.match(failure.hint, /devnet up.*--dir/);
    assert.equal(failure.exit, EXIT.notReady);
  });

  it('a path that nobody could have has its own words', () => {
    const long = join(import.meta.dirname, 'x'.repeat(5_000));
    assert.equal(describeFailure(thrownBy(() => readFileSync(long))).name, 'BAD_PATH');
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const failure = describeFailure(full);
    assert.deepEqual([failure.name, failure.exit], ['DISK_FULL', EXIT.failed]);
    assert.match(failure.message, /disk is full/);
  });

  it('a failure of ours keeps its words, one of nobody tells how to find its place', () => {
    const ours = describeFailure(new CliError('NOT_READY', 'wait', 'a little', EXIT.notReady));
    assert.deepEqual([ours.name, ours.message, ours.hint, ours.exit], ['NOT_READY', 'wait', 'a little', 3]);
    const nobodys = describeFailure(new TypeError('broken'));
    assert.deepEqual([nobodys.name, nobodys.message, nobodys.exit], ['TypeError', 'broken', 1]);
    assert.match(nobodys.hint, /DEVNET_DEBUG=1/);
  });

  it('points to the help of the command where it has no better idea', () => {
    const help = 'devnet mine --help shows how it is used';
    assert.equal(describeFailure(usageError('x is not a whole number'), help).hint, help);
    assert.equal(describeFailure(usageError('x is no y', 'a y is z'), help).hint, 'a y is z');
    const refused = new RpcError({
      code: -32602,
      name: 'INVALID_PARAMS',
      message: 'epochs: expected number to be >=1',
      hint: 'The parameters are: epochs?.',
    });
    const { hint, exit, code } = describeFailure(refused, help);
    assert.deepEqual([hint, exit, code], [help, EXIT.usage, -32602]);
  });

  it('has the exit code of what it is', () => {
    for (const [name, exit] of [
      ['UNREACHABLE', EXIT.notReady],
      ['NO_NODE', EXIT.notReady],
      ['PORT_IN_USE', EXIT.inUse],
      ['KEY_NAME_INVALID', EXIT.usage],
      ['INSUFFICIENT_BALANCE', EXIT.failed],
      ['constructor', EXIT.failed],
    ] as const) {
      const thrown = Object.assign(new Error('x'), { code: name, hint: 'y' });
      assert.equal(describeFailure(thrown).exit, exit, name);
    }
  });

  it('of an address to listen on says what is wrong with it, and is a mistake of usage', () => {
    for (const code of ['ENOTFOUND', 'EADDRNOTAVAIL', 'EACCES']) {
      const told = describeFailure(listenError(Object.assign(new Error('x'), { code }), 80, 'nowhere'));
      assert.deepEqual([told.name, told.exit], ['BAD_ADDRESS', EXIT.usage], code);
      assert.ok(!told.message.includes(code) && told.message.includes('nowhere'), told.message);
    }
  });
});

describe('errors of a node on a command line', () => {
  it('count in tokens', () => {
    const told = chainError('INSUFFICIENT_BALANCE', { needed: 3n * TOKEN, available: TOKEN / 4n });
    assert.equal(told.message, 'needs 3000000000, has 250000000');
    const failure = describeFailure(
      new RpcError({ code: 3120, name: told.code, message: told.message, hint: told.hint }),
    );
    assert.equal(failure.message, 'needs 3 tokens, has 0.25 tokens');
    assert.ok(!failure.hint.includes('base units'));
  });

  it('know every amount that messages have', () => {
    for (const [name, { message }] of Object.entries(CHAIN_ERRORS)) {
      // One number for each field: whatever is an amount is told in tokens.
      const filled = message.replace('{ledger}', 'reserve').replace(/\{\w+\}/g, '1500000000');
      const told = commandMessage(name, filled);
      const isMoney = /\{(needed|available|fee|limit|free|amount|price|cost|bond|balance)\}/.test(message);
      assert.equal(told !== filled, isMoney, `${name}: ${message}`);
      if (isMoney) assert.ok(!told.includes('1500000000') && told.includes('1.5 tokens'), told);
    }
  });

  it('leave alone what is told otherwise than the table of errors has it', () => {
    assert.equal(commandMessage('INSUFFICIENT_RESERVE', 'has 5 of 6'), 'has 5 of 6');
    assert.equal(commandMessage('toString', 'needs 5, has 6'), 'needs 5, has 6');
  });

  const hints = [
    ...Object.entries(CHAIN_ERRORS).map(([name, { hint }]) => [name, hint] as const),
    ...Object.entries(RPC_ERRORS).map(([name, [, hint]]) => [name, hint] as const),
    ...(['POOL_FULL', 'SENDER_FULL', 'GAP_TIMEOUT', 'NONCE_TAKEN', 'REPLACED'] as const).map(
      name => [name, poolError(name).hint] as const,
    ),
    ...(['UNKNOWN_PLUGIN', 'NOT_QUARANTINED', 'QUARANTINED'] as const).map(
      name => [name, new HostError(name, '').hint] as const,
    ),
  ];

  it('name commands that there are, and no methods', () => {
    for (const [name, hint] of hints) {
      // What devnet asks itself, or what only a program can do wrong.
      if (/^(PARSE_ERROR|INVALID_REQUEST|INVALID_PARAMS|FORBIDDEN_ORIGIN|NOT_A_DEVNET)$/.test(name)) continue;
      const told = commandHint(name, hint);
      assert.ok(!/\b[a-z]+_[A-Za-z]+\b|rpc\.discover/.test(told), `${name}: ${told}`);
      for (const [, words = ''] of told.matchAll(
        /(?<!\b(?:the|a|this|another|of) )\bdevnet ((?:[a-z]+(?:-[a-z]+)* ?)+)/g,
      )) {
        const [first = '', second = ''] = words.split(' ');
        const command = commandIn(program, [first]);
        assert.notEqual(command, program, `${name}: there is no devnet ${first}`);
        // The words behind a command with others below it begin with one of those.
        if (command.commands.length > 0 && second !== '')
          assert.ok(
            command.commands.some(each => each.name() === second) || /^[a-z]+s$/.test(second),
            `${name}: ${told}`,
          );
      }
    }
  });
});

describe('a mistyped name', () => {
  it('is told with the one that was meant', () => {
    const names = ['alice', 'bob', 'charlie', 'ferdie', 'dev10'];
    for (const [word, meant] of [
      ['alcie', 'alice'],
      ['Alice', 'alice'],
      ['bobb', 'bob'],
      ['charly', 'charlie'],
      ['dev1', 'dev10'],
      ['greeter', null],
      ['x', null],
      ['', null],
    ] as const)
      assert.equal(nearest(word, names), meant, word);
  });

  it('of an account is no question to a node that does not know it either', async () => {
    const context = openContext({ dir: 'nowhere', rpc: 'http://127.0.0.1:1', json: false });
    await assert.rejects(context.signer('alcie'), {
      name: 'UNKNOWN_ACCOUNT',
      message: /did you mean alice\?$/,
    });
    const wrong = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ';
    await assert.rejects(context.address(wrong), { name: 'ADDRESS_CHECKSUM' });
    context.client.close();
  });
});

describe('directories', () => {
  const root = mkdtempSync(join(tmpdir(), 'directories-'));
  after(() => rmSync(root, { recursive: true }));

  it('are made with all above them, again and again', () => {
    for (let n = 0; n < 2; n++) makeDirectories(join(root, 'a/b/../c'));
    assert.ok(statSync(join(root, 'a/c')).isDirectory());
  });

  it('that cannot be are refused at once', function () {
    if (process.platform !== 'linux') this.skip();
    // Node's own way never comes back from here.
    const told = describeFailure(thrownBy(() => makeDirectories('/proc/x/y')));
    assert.deepEqual([told.name, told.message], ['NO_ACCESS', '/proc/x lies where nothing can be written']);
    writeFileSync(join(root, 'file'), '');
    for (const below of ['file', 'file/below'])
      assert.match(
        describeFailure(thrownBy(() => makeDirectories(join(root, below)))).name,
        /^(FILE_EXISTS|NOT_A_DIRECTORY)$/,
      );
  });
});
