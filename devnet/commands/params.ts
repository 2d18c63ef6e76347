import { usageError } from '../errors.ts';

/** The value of `--params`; the node holds it against the codec of the module. */
export function paramsOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usageError(`--params is no JSON: ${error.message}`, `for example --params '{"burned":100}'`);
  }
}
