/** Answers that hold for a while. */
export interface Remembered<T> {
  get(): Promise<T>;
  forget(): void;
}

/** Asks at most once in `ms` milliseconds, unless told to forget. A failure is not remembered. */
export function remembered<T>(ms: number, ask: () => Promise<T>): Remembered<T> {
  let known: { readonly until: number; readonly value: Promise<T> } | null = null;
  const forget = (): void => {
    known = null;
  };
  return {
    get() {
      if (known !== null && Date.now() < known.until) return known.value;
      const value = ask();
      known = { until: Date.now() + ms, value };
      value.catch(forget);
      return value;
    },
    forget,
  };
}
