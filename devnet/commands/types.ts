import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.ts';
import type { Answer } from '../output.ts';

/** How a command gets its work done and printed. */
export interface Run {
  globals(): GlobalOptions;
  withContext(work: (context: Context) => Promise<Answer>): Promise<void>;
  /** For commands that need no running devnet. */
  alone(work: (options: GlobalOptions) => Promise<Answer>): Promise<void>;
}

export type Register = (program: Command, run: Run) => void;
