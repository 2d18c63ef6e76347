/** A few things by their key; what was not asked for the longest goes first. */
export interface Cache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

export function createCache<T>(size: number): Cache<T> {
  const entries = new Map<string, T>();
  return {
    get(key) {
      const found = entries.get(key);
      if (found !== undefined) {
        entries.delete(key);
        entries.set(key, found);
      }
      return found;
    },
    set(key, value) {
      entries.delete(key);
      if (size > 0) entries.set(key, value);
      if (entries.size > size) for (const [oldest] of entries) return void entries.delete(oldest);
    },
  };
}
