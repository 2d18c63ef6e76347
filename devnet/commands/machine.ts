import { Argument } from 'commander';
import type { Shell } from '../help/completion.ts';
import type { Register } from './types.ts';

const COMPLETION_HELP = `
Put the line of your shell into its start file:
  bash  source <(devnet completion bash)    in ~/.bashrc
  zsh   source <(devnet completion zsh)     in ~/.zshrc, after compinit
  fish  devnet completion fish | source     in ~/.config/fish/config.fish

Examples:
  devnet completion bash
  devnet completion zsh > ~/.zfunc/_devnet`;

const DOCTOR_HELP = `
The exit code is 1 if something is wrong; what only deserves a look does not count.

Examples:
  devnet doctor
  devnet doctor --port 9700 --nodes 16
  devnet doctor --json`;

/** What concerns this machine and its shell rather than a chain. */
export const registerMachine: Register = (program, run) => {
  program
    .command('doctor')
    .description('look for what keeps a devnet from working here, and say what to do')
    .option('--port <port>', 'gateway port that is to be free (default: as devnet up)')
    .option('--nodes <count>', 'how many nodes are to find room (default: as devnet up)')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (flags: { readonly port?: string; readonly nodes?: string }) => {
      const { doctor } = await import('./doctor.ts');
      const dir = program.getOptionValueSource('dir') === 'default' ? {} : { dir: run.globals().dir };
      let healthy = true;
      await run.alone(async () => {
        const answer = await doctor({ ...flags, ...dir });
        healthy = answer.value.ok;
        return answer;
      });
      if (!healthy) process.exitCode = 1;
    });

  program
    .command('completion')
    .description('a script that has a shell complete the commands of devnet')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish'] satisfies Shell[]))
    .addHelpText('after', COMPLETION_HELP)
    .action((shell: Shell) =>
      run.alone(async () => {
        const { completionScript } = await import('../help/completion.ts');
        const text = completionScript(shell, program);
        return { value: { shell, script: text }, text };
      }),
    );
};
