import { usageError } from '../errors.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

/** Loaded when the command runs. */
const work = () => import('../governance.ts');

export interface InstallFlags {
  readonly from: string;
  readonly title?: string;
  readonly id?: string;
  readonly fromEpoch?: string;
  readonly params?: string;
  readonly mintCap?: string;
}

interface TextFlags {
  readonly from: string;
  readonly uri: string;
  readonly file?: string;
  readonly sha256?: string;
}

const CHOICES = ['yes', 'no', 'abstain'] as const;

export const registerGov: Register = (program, run) => {
  const gov = program.command('gov').description('proposals, and votes by stake');
  const propose = gov
    .command('propose')
    .description('propose something; the bond is tied up until the result');
  propose
    .command('text')
    .description('agree on a document; nothing changes on the chain')
    .argument('<title>')
    .requiredOption('--from <who>', 'who proposes and ties up the bond')
    .requiredOption('--uri <uri>', 'where the document is')
    .option('--file <path>', 'the document, for its sha256')
    .option('--sha256 <hash>', 'of the document')
    .action((title: string, flags: TextFlags) =>
      run.withContext(async context => (await work()).proposeText(context, title, flags)),
    );
  propose
    .command('set')
    .description('change parameters of the chain, all or none')
    .argument('<title>')
    .argument('<parameters...>', 'name=value, as devnet gov params names them; amounts also as 25tokens')
    .requiredOption('--from <who>', 'who proposes and ties up the bond')
    .addHelpText(
      'after',
      "\nExample:\n  devnet gov propose set 'more at stake' slashBps=1000 bond=25tokens --from alice",
    )
    .action((title: string, words: string[], { from }: { from: string }) =>
      run.withContext(async context => (await work()).proposeChanges(context, title, words, from)),
    );
  propose
    .command('install')
    .description('a consensus module from a packed plugin, which the nodes of this devnet get at once')
    .argument('<file>', 'a .plugin file')
    .requiredOption('--from <who>', 'who proposes and ties up the bond')
    .option('--title <text>', 'default: what is installed')
    .option('--id <n>', 'consensus id (default: that of the same name, else the lowest free one)')
    .option('--from-epoch <e>', 'in force from this epoch on (default: the third after the result)')
    .option('--params <json>', 'parameters of a new consensus module (default: {})')
    .option('--mint-cap <tokens>', 'what it may mint in one epoch', '0')
    .action((file: string, flags: InstallFlags) =>
      run.withContext(async context => (await work()).proposeInstall(context, file, flags)),
    );
  propose
    .command('cancel')
    .description('take back a consensus module that is announced and not in force yet')
    .argument('<id>', 'consensus id')
    .requiredOption('--from <who>', 'who proposes and ties up the bond')
    .option('--title <text>', 'default: what is cancelled')
    .action((id: string, { from, title }: { from: string; title?: string }) =>
      run.withContext(async context => (await work()).proposeCancel(context, whole(id), from, title)),
    );
  gov
    .command('vote')
    .description('vote with the stake that was there when the epoch of the proposal began')
    .argument('<proposal>', 'its id')
    .argument('<choice>', CHOICES.join(', '))
    .requiredOption('--from <who>', 'who votes; a later vote replaces an earlier one')
    .action((proposal: string, word: string, { from }: { from: string }) =>
      run.withContext(async context => {
        const choice = CHOICES.find(known => known === word);
        if (choice === undefined) throw usageError(`${word} is no vote`, `votes: ${CHOICES.join(', ')}`);
        return (await work()).vote(context, whole(proposal), choice, from);
      }),
    );
  gov
    .command('list')
    .description('all proposals')
    .option('--open', 'only those on which votes count')
    .action(({ open }: { open?: boolean }) =>
      run.withContext(async context => (await work()).list(context, open === true)),
    );
  gov
    .command('show')
    .description('a proposal, its votes and its result')
    .argument('<proposal>', 'its id')
    .action((proposal: string) =>
      run.withContext(async context => (await work()).show(context, whole(proposal))),
    );
  gov
    .command('params')
    .description('what a proposal can change, with its bounds')
    .action(() => run.withContext(async context => (await work()).parameters(context)));
};
