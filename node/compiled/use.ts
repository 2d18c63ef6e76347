/** What a program that was started from compiled code knows of that; the one that started it leaves it here. */

export interface CompiledCode {
  /**
   * `used`: the code of an earlier start. `absent`: there was none. `refused`: there was some, and it was not used.
   * `off`: nobody wants any.
   */
  readonly state: 'used' | 'absent' | 'refused' | 'off';
  /** In words, for a log. */
  readonly detail: string;
  /**
   * Keeps the code as it is compiled now, for the next start. For the moment when a start is done: what has run by then
   * is in it. Answers why it cannot be kept, null if it is or need not be.
   */
  keep(): string | null;
  /** What `import()` does in other programs. */
  import(url: string): Promise<unknown>;
}

const KEY = Symbol.for('devnet.compiledCode');
type Holder = { [KEY]?: CompiledCode };

export function tellCompiledCode(code: CompiledCode): void {
  (globalThis as Holder)[KEY] = code;
}

/** Of this process; undefined where it runs from source. */
export const compiledCode = (): CompiledCode | undefined => (globalThis as Holder)[KEY];

/** Imports a file that is no part of this program. Node 20 warns of every `import()` in code that was compiled before. */
export const importModule = (url: string): Promise<unknown> => compiledCode()?.import(url) ?? import(url);
