import type { Command } from 'commander';
import type { GlobalOptions } from '../context.ts';
import { makeDirectories } from '../directory.ts';
import { CliError, usageError } from '../errors.ts';
import { type Answer, note, table } from '../output.ts';
import { personNamed } from '../people.ts';
import type { Register } from './types.ts';

/** Loaded when a key command runs: elliptic curves are the heaviest import of the program. */
const kit = async () => ({
  ...(await import('../../module/keys/index.ts')),
  ...(await import('../signers.ts')),
  ...(await import('../secrets.ts')),
});

const SCHEMES = ['sr25519', 'ed25519', 'ecdsa'] as const;

interface NewFlags {
  readonly scheme: string;
  readonly password?: string;
  readonly plain?: boolean;
  readonly words?: string;
  readonly uri?: string;
  readonly fromPassword?: boolean;
}

export const registerKeys: Register = (program, run) => {
  const key = program.command('key').description('keys of this machine, and what they sign and hide');
  const protection = (command: Command): Command =>
    command
      .option('--scheme <scheme>', SCHEMES.join(', '), 'sr25519')
      .option('--password <password>', 'encrypts the file (better: DEVNET_PASSWORD, or a terminal that asks)')
      .option('--plain', 'leave the file unencrypted');

  protection(key.command('new').description('make a key from new words').argument('<name>'))
    .option('--words <count>', '12 or 24', '12')
    .action((name: string, flags: NewFlags) => run.alone(options => create(options, name, flags)));
  protection(
    key
      .command('import')
      .description('keep a key; its secret is asked for, or read from standard input')
      .argument('<name>'),
  )
    .option('--uri <uri>', 'the secret as an argument, where others can see it')
    .option('--from-password', "the secret is a password from which seed 0's system made the key")
    .addHelpText('after', '\nA secret is phrase//hard/soft///password, or 0x and 32 bytes in hex.')
    .action((name: string, flags: NewFlags) => run.alone(options => take(options, name, flags)));
  key
    .command('list')
    .description('keys of this machine')
    .action(() => run.alone(list));
  key
    .command('show')
    .description('the address of a key; the secret only when asked for twice')
    .argument('<name>')
    .option('--secret', 'also the secret')
    .option('--yes-show-the-secret', 'really')
    .action((name: string, flags: ShowFlags) => run.alone(options => show(options, name, flags)));
  key
    .command('sign')
    .description('sign a message')
    .argument('<name>', 'key, or development name')
    .argument('[message]', 'text, 0x bytes, or nothing for standard input')
    .action((name: string, message: string | undefined) =>
      run.alone(options => sign(options, name, message)),
    );
  key
    .command('verify')
    .description('check a signature; exit code 1 if it is wrong')
    .argument('<who>', 'address, key, or development name')
    .argument('<message>', 'text, 0x bytes, or - for standard input')
    .argument('<signature>', '0x hex, scheme byte first')
    .action((who: string, message: string, signature: string) =>
      run.alone(options => verify(options, who, message, signature)),
    );
  for (const action of ['encrypt', 'decrypt'] as const)
    key
      .command(action)
      .description(
        action === 'encrypt'
          ? 'hide a text: only this key opens it'
          : "open what this key hid, or with a password also what seed 0's system hid",
      )
      .argument('[name]', 'key, or development name; none with --with-password')
      .argument('[text]', 'or nothing for standard input')
      .option('--with-password', 'by a password (DEVNET_PASSWORD, or asked for) instead of a key')
      .action((name: string | undefined, text: string | undefined, flags: { withPassword?: boolean }) =>
        run.alone(options => hide(options, action, name, text, flags.withPassword === true)),
      );
};

/** A key of such a name would never be found: commands take the name for the development account. */
function refuseDevelopmentName(name: string): void {
  if (personNamed(name) !== undefined)
    throw new CliError('KEY_NAME_TAKEN', `${name} is a development account`, 'choose another name');
}

async function create({ dir }: GlobalOptions, name: string, flags: NewFlags): Promise<Answer> {
  refuseDevelopmentName(name);
  const { createKey, keysDirectory } = await kit();
  const words = flags.words === '12' ? 12 : flags.words === '24' ? 24 : undefined;
  if (words === undefined) throw usageError(`${flags.words} is no number of words`, '12 or 24');
  const password = await protectionOf(flags);
  makeDirectories(dir);
  const made = await createKey({
    directory: keysDirectory(dir),
    name,
    words,
    scheme: scheme(flags),
    password,
  });
  note(`its words, to write down: devnet key show ${name} --secret --yes-show-the-secret`);
  return { value: made, text: `${made.name} ${made.address}` };
}

async function take({ dir }: GlobalOptions, name: string, flags: NewFlags): Promise<Answer> {
  refuseDevelopmentName(name);
  const { importKey, keysDirectory, readSecret, uriFromPassword } = await kit();
  const asked = flags.fromPassword === true ? 'password of the key: ' : 'secret: ';
  const secret = flags.uri ?? (await readSecret(asked));
  if (secret === '') throw usageError('there is no secret', 'pipe it in, or type it at a terminal');
  const password = await protectionOf(flags);
  makeDirectories(dir);
  const made = await importKey({
    directory: keysDirectory(dir),
    name,
    uri: flags.fromPassword === true ? uriFromPassword(secret) : secret,
    scheme: scheme(flags),
    password,
  });
  return { value: made, text: `${made.name} ${made.address}` };
}

async function list({ dir }: GlobalOptions): Promise<Answer> {
  const { listKeys, keysDirectory } = await kit();
  const { keys, damaged } = await listKeys(keysDirectory(dir));
  for (const { reason } of damaged) note(reason);
  const rows = keys.map(({ name, scheme: of, address, encrypted }) => [
    name,
    of,
    address,
    encrypted ? 'encrypted' : 'plain',
  ]);
  return { value: keys, text: table(['name', 'scheme', 'address', 'file'], rows) };
}

interface ShowFlags {
  readonly secret?: boolean;
  readonly yesShowTheSecret?: boolean;
}

async function show({ dir }: GlobalOptions, name: string, flags: ShowFlags): Promise<Answer> {
  const { findKey, exportSecret, keysDirectory, passwordOf } = await kit();
  const found = await findKey(keysDirectory(dir), name);
  if (found === null)
    throw new CliError('KEY_MISSING', `there is no key ${name}`, 'devnet key list shows the keys');
  if (flags.secret !== true) return { value: found, text: `${found.name} ${found.scheme} ${found.address}` };
  if (flags.yesShowTheSecret !== true)
    throw usageError(
      'a secret is shown only when asked for twice',
      'add --yes-show-the-secret, and mind who looks over your shoulder',
    );
  const password = found.encrypted ? await passwordOf(name) : undefined;
  const secret = await exportSecret({ directory: keysDirectory(dir), name, password });
  return { value: { ...found, secret }, text: secret };
}

async function sign({ dir }: GlobalOptions, name: string, message: string | undefined): Promise<Answer> {
  const { signMessage, requireKey, readInput } = await kit();
  const { pair } = await requireKey(name, dir);
  const bytes = message === undefined ? readInput() : messageBytes(message);
  const signature = `0x${Buffer.from(signMessage(pair, bytes)).toString('hex')}`;
  return { value: { address: pair.address, signature }, text: signature };
}

async function verify(
  { dir }: GlobalOptions,
  who: string,
  message: string,
  signature: string,
): Promise<Answer> {
  const { verifyMessage, findKey, keysDirectory, isDevelopmentName, requireKey, readInput } = await kit();
  const address = isDevelopmentName(who)
    ? (await requireKey(who, dir)).pair.address
    : ((await findKey(keysDirectory(dir), who))?.address ?? who);
  const bytes = message === '-' ? readInput() : messageBytes(message);
  if (!verifyMessage(address, bytes, hexBytes(signature)))
    throw new CliError(
      'BAD_SIGNATURE',
      `${address} has not signed this`,
      'the message must be the same to the byte',
    );
  return { value: { ok: true, address }, text: 'the signature is right' };
}

/** Encrypts or decrypts. With a password there is no name, so the text is the first argument. */
async function hide(
  { dir }: GlobalOptions,
  action: 'encrypt' | 'decrypt',
  name: string | undefined,
  text: string | undefined,
  byPassword: boolean,
): Promise<Answer> {
  if (byPassword && text !== undefined) throw usageError('with --with-password there is no key to name');
  if (!byPassword && name === undefined) throw usageError('which key?', 'devnet key list shows the keys');
  const { requireKey, newPassword, passwordOf, readInput, encrypt, decrypt } = await kit();
  const given = byPassword ? name : text;
  const input = given === undefined ? readInput() : Buffer.from(given);
  const key = byPassword ? null : await requireKey(name ?? '', dir);
  if (action === 'encrypt') {
    const envelope =
      key === null
        ? await encrypt(input, { password: await newPassword(undefined) })
        : await key.encrypt(input);
    return { value: { result: envelope }, text: envelope };
  }
  const envelope = input.toString('utf8').trim();
  const password = key === null ? await passwordOf('the envelope') : undefined;
  if (key === null && password === undefined)
    throw usageError('no password', 'set DEVNET_PASSWORD, or run it at a terminal');
  const data =
    key === null ? await decrypt(envelope, { password: password ?? '' }) : await key.decrypt(envelope);
  const result = new TextDecoder().decode(data);
  return { value: { result }, text: result };
}

function scheme({ scheme: name }: NewFlags): (typeof SCHEMES)[number] {
  const found = SCHEMES.find(known => known === name);
  if (found === undefined) throw usageError(`${name} is no scheme`, `schemes: ${SCHEMES.join(', ')}`);
  return found;
}

/** The password of a new key; null when it is to stay plain. Nothing is left unprotected by accident. */
async function protectionOf({ password, plain }: NewFlags): Promise<string | null> {
  return plain === true ? null : (await kit()).newPassword(password);
}

const messageBytes = (message: string): Uint8Array =>
  /^0x([0-9a-f]{2})*$/.test(message) ? hexBytes(message) : new TextEncoder().encode(message);

function hexBytes(text: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})*$/.test(text)) throw usageError(`${text} is not 0x hex`);
  return Buffer.from(text.slice(2), 'hex');
}
