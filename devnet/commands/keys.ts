import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { GlobalOptions } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { type Answer, table } from '../output.ts';
import type { Register } from './types.ts';

/** Loaded when a key command runs: elliptic curves are the heaviest import of the program. */
const kit = async () => ({
  ...(await import('../../module/keys/index.ts')),
  ...(await import('../signers.ts')),
});

const SCHEMES = ['sr25519', 'ed25519', 'ecdsa'] as const;

interface NewFlags {
  readonly scheme: string;
  readonly password?: string;
  readonly plain?: boolean;
}

export const registerKeys: Register = (program, run) => {
  const key = program.command('key').description('keys of this machine, and what they sign and hide');
  const protection = (command: Command): Command =>
    command
      .option('--scheme <scheme>', SCHEMES.join(', '), 'sr25519')
      .option('--password <password>', 'encrypt the file (or DEVNET_PASSWORD)')
      .option('--plain', 'leave the file unencrypted');

  protection(key.command('new').description('make a key').argument('<name>')).action(
    (name: string, flags: NewFlags) =>
      run.alone(async ({ dir }) => {
        const { createKey, keysDirectory } = await kit();
        return made(
          await createKey({
            directory: keysDirectory(dir),
            name,
            scheme: scheme(flags),
            password: password(flags),
          }),
        );
      }),
  );
  protection(
    key
      .command('import')
      .description('keep the key of a secret URI; - reads it from standard input')
      .argument('<name>')
      .argument('<uri>', 'phrase//hard/soft///password, 0x and 32 bytes, or -'),
  ).action((name: string, uri: string, flags: NewFlags) =>
    run.alone(async ({ dir }) => {
      const { importKey, keysDirectory } = await kit();
      return made(
        await importKey({
          directory: keysDirectory(dir),
          name,
          uri: uri === '-' ? readFileSync(0, 'utf8').trim() : uri,
          scheme: scheme(flags),
          password: password(flags),
        }),
      );
    }),
  );
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
    .action((name: string, flags: { secret?: boolean; yesShowTheSecret?: boolean }) =>
      run.alone(options => show(options, name, flags)),
    );
  key
    .command('sign')
    .description('sign a message')
    .argument('<name>', 'key, or development name')
    .argument('<message>', 'text, or 0x bytes')
    .action((name: string, message: string) =>
      run.alone(async options => {
        const { signMessage, localSigner } = await kit();
        const pair = await localSigner(name, options.dir);
        const signature = `0x${Buffer.from(signMessage(pair, messageBytes(message))).toString('hex')}`;
        return { value: { address: pair.address, signature }, text: signature };
      }),
    );
  key
    .command('verify')
    .description('check a signature; exit code 1 if it is wrong')
    .argument('<address>')
    .argument('<message>')
    .argument('<signature>', '0x hex, scheme byte first')
    .action((address: string, message: string, signature: string) =>
      run.alone(async () => {
        const { verifyMessage } = await kit();
        if (!verifyMessage(address, messageBytes(message), hexBytes(signature)))
          throw new CliError(
            'BAD_SIGNATURE',
            `${address} has not signed this`,
            'the message must be the same to the byte',
          );
        return { value: { ok: true }, text: 'the signature is right' };
      }),
    );
  for (const [action, description] of [
    ['encrypt', 'hide a text: only this key opens it'],
    ['decrypt', 'open what this key hid'],
  ] as const)
    key
      .command(action)
      .description(description)
      .argument('<name>')
      .argument('<text>', action === 'encrypt' ? 'the text' : 'the envelope')
      .action((name: string, text: string) =>
        run.alone(async ({ dir }) => {
          const { loadKey, keysDirectory } = await kit();
          const loaded = await loadKey({
            directory: keysDirectory(dir),
            name,
            password: process.env.DEVNET_PASSWORD,
          });
          const result =
            action === 'encrypt'
              ? await loaded.encrypt(new TextEncoder().encode(text))
              : new TextDecoder().decode(await loaded.decrypt(text));
          return { value: { result }, text: result };
        }),
      );
};

async function list({ dir }: GlobalOptions): Promise<Answer> {
  const { listKeys, keysDirectory } = await kit();
  const value = await listKeys(keysDirectory(dir));
  const rows = value.map(({ name, scheme: of, address, encrypted }) => [
    name,
    of,
    address,
    encrypted ? 'encrypted' : 'plain',
  ]);
  return { value, text: table(['name', 'scheme', 'address', 'file'], rows) };
}

async function show(
  { dir }: GlobalOptions,
  name: string,
  flags: { secret?: boolean; yesShowTheSecret?: boolean },
): Promise<Answer> {
  const { listKeys, exportSecret, keysDirectory } = await kit();
  const found = (await listKeys(keysDirectory(dir))).find(key => key.name === name);
  if (found === undefined)
    throw new CliError('KEY_MISSING', `there is no key ${name}`, 'devnet key list shows the keys');
  if (flags.secret !== true) return { value: found, text: `${found.name} ${found.scheme} ${found.address}` };
  if (flags.yesShowTheSecret !== true)
    throw usageError(
      'a secret is shown only when asked for twice',
      'add --yes-show-the-secret, and mind who looks over your shoulder',
    );
  const secret = await exportSecret({
    directory: keysDirectory(dir),
    name,
    password: process.env.DEVNET_PASSWORD,
  });
  return { value: { ...found, secret }, text: secret };
}

const made = (key: { readonly name: string; readonly address: string }): Answer => ({
  value: key,
  text: `${key.name} ${key.address}`,
});

function scheme({ scheme: name }: NewFlags): (typeof SCHEMES)[number] {
  const found = SCHEMES.find(known => known === name);
  if (found === undefined) throw usageError(`${name} is no scheme`, `schemes: ${SCHEMES.join(', ')}`);
  return found;
}

/** The password of a new key; null when it is to stay plain. Nothing is left unprotected by accident. */
function password({ password: given, plain }: NewFlags): string | null {
  const chosen = given ?? process.env.DEVNET_PASSWORD;
  if (plain === true) return null;
  if (chosen !== undefined && chosen !== '') return chosen;
  throw usageError(
    'a new key needs a password',
    'give --password or DEVNET_PASSWORD, or --plain for a key without protection',
  );
}

const messageBytes = (message: string): Uint8Array =>
  /^0x([0-9a-f]{2})*$/.test(message) ? hexBytes(message) : new TextEncoder().encode(message);

function hexBytes(text: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})*$/.test(text)) throw usageError(`${text} is not 0x hex`);
  return Buffer.from(text.slice(2), 'hex');
}
