import { usageError } from '../errors.ts';
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
    .description('call a function of a module, and pay for it')
    .argument('<module>', 'alias, id, address or URL')
    .argument('<fn>', 'function')
    .argument('[params...]', 'key=value; a value that is JSON is taken as JSON')
    .option('--from <who>', 'who calls and pays', DEFAULT_CALLER)
    .option('--max-usage <tokens>', "most that it may cost (default: the module's price)")
    .addHelpText('after', '\nExample:\n  devnet call greeter hello name=Ada --from alice --max-usage 0.01')
    .action((module: string, fn: string, params: string[], flags: { from: string; maxUsage?: string }) =>
      run.withContext(async context => (await import('./call.ts')).call(context, module, fn, params, flags)),
    );

  program
    .command('receipts')
    .description('the calls an account has made, and whether the chain settled them as signed')
    .argument('[who]', 'who called', DEFAULT_CALLER)
    .option('--epoch <epoch>', 'compare the receipts of this epoch with its settlement')
    .action((who: string, { epoch }: { epoch?: string }) =>
      run.withContext(async context => (await import('./call.ts')).receipts(context, who, epoch)),
    );
};

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw usageError(`${text} is no port`, 'a number from 0 to 65535');
  return port;
}
