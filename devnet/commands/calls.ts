import type { Command } from 'commander';
import { usageError } from '../errors.ts';
import type { CallFlags } from './call.ts';
import type { Register } from './types.ts';

const DEFAULT_CALLER = 'alice';

export const registerCalls: Register = (program, run) => {
  program
    .command('serve')
    .description('serve a module from a file, registered on chain; Ctrl-C stops it')
    .argument('<file>', 'TypeScript or JavaScript that exports a module by default')
    .requiredOption('--from <who>', "the module's key")
    .option('--alias <alias>', 'its name on chain (default: what the file says, or its name)')
    .option('--port <port>', '0 takes a free one', '0')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(async (file: string, flags: { from: string; alias?: string; port: string; host: string }) => {
      const [{ serve }, { openContext }] = await Promise.all([import('./serve.ts'), import('../context.ts')]);
      const context = openContext(run.globals());
      try {
        await serve(context, file, { ...flags, port: portOf(flags.port) });
      } finally {
        context.client.close();
      }
    });

  program
    .command('call')
    .description(
      'call a function of a module, and pay for it; --help behind a module or function describes it',
    )
    .argument('[module]', 'alias, id, address or URL')
    .argument('[fn]', 'function')
    .argument('[params...]', 'key=value, a.b=value, key=@file, key:=JSON')
    .option('--from <who>', 'who calls and pays', DEFAULT_CALLER)
    .option('--max-usage <tokens>', "most that it may cost (default: the module's price)")
    .option('--timeout <seconds>', 'how long to wait for the whole answer (default: 60)')
    .helpOption(false)
    .option('-h, --help', 'this, or what a module or function offers')
    .addHelpText(
      'after',
      `\n${PARAMS}\nExample:\n  devnet call greeter hello name=Ada --from alice --max-usage 0.01`,
    )
    .action(
      async (
        module: string | undefined,
        fn: string | undefined,
        params: string[],
        { help, ...flags }: CallFlags & { help?: boolean },
        command: Command,
      ) => {
        if (module === undefined) {
          if (help !== true) throw usageError('which module?', 'devnet module list shows them');
          return command.outputHelp();
        }
        return run.withContext(async context => {
          const { call, describe } = await import('./call.ts');
          if (help === true || fn === undefined) return describe(context, module, fn, flags);
          return call(context, module, fn, params, flags);
        });
      },
    );

  const receipts = program
    .command('receipts')
    .description('the calls that an account has made: evidence, and whether the chain settled it as signed');
  const epoch: [string, string] = ['--epoch <epoch>', 'of this epoch only'];
  receipts
    .command('list', { isDefault: true })
    .description('calls and what became of them')
    .argument('[who]', 'who called', DEFAULT_CALLER)
    .option(...epoch)
    .action((who: string, flags: { epoch?: string }) =>
      run.withContext(async context => (await import('./receipts.ts')).list(context, who, flags.epoch)),
    );
  receipts
    .command('show')
    .description('one call, its signatures checked')
    .argument('<id>', 'the beginning of its id')
    .option('--of <who>', 'who called', DEFAULT_CALLER)
    .action((id: string, { of }: { of: string }) =>
      run.withContext(async context => (await import('./receipts.ts')).show(context, id, of)),
    );
  receipts
    .command('export')
    .description('answered calls as lines of JSON, for others to verify')
    .argument('[who]', 'who called', DEFAULT_CALLER)
    .option(...epoch)
    .option('--out <file>', 'a new file (default: standard output)')
    .action((who: string, flags: { epoch?: string; out?: string }) =>
      run.withContext(async context => (await import('./receipts.ts')).exportLines(context, who, flags)),
    );
  receipts
    .command('verify')
    .description('check exported lines, without a devnet; exit code 1 if one proves nothing')
    .argument('<file>')
    .action((file: string) => run.alone(async () => (await import('./receipts.ts')).verify(file)));
  receipts
    .command('audit')
    .description('hold every settlement against the receipts; exit code 1 if too much was charged')
    .argument('[who]', 'who called', DEFAULT_CALLER)
    .option(...epoch)
    .action((who: string, flags: { epoch?: string }) =>
      run.withContext(async context => (await import('./receipts.ts')).audit(context, who, flags.epoch)),
    );
};

const PARAMS = `Parameters:
  name=Ada         as the module's schema says: text, number, true or false, JSON
  tag=a tag=b      a list, item by item
  at.x=1 at.y=2    members of an object
  text=@notes.txt  what stands in a file
  key:=[1,2]       this JSON, whatever the schema says
`;

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw usageError(`${text} is no port`, 'a number from 0 to 65535');
  return port;
}
