import { fail, type Outcome } from '../interface/index.ts';

/** A rule that a transaction breaks. Its code and message stand in the block, so they depend on the chain alone. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What `work` answers, or the failure that a {@link Refusal} stands for. Anything else is a defect and goes on. */
export function outcomeOf(work: () => Outcome): Outcome {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return fail(error.code, error.message);
    throw error;
  }
}
