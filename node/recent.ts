/** A map that forgets what was not used for the longest time. */
export class Recent<K, V> {
  readonly #items = new Map<K, V>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(key: K): V | undefined {
    const value = this.#items.get(key);
    if (value === undefined) return undefined;
    this.#items.delete(key);
    this.#items.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#items.delete(key);
    this.#items.set(key, value);
    if (this.#items.size <= this.#size) return;
    const oldest = this.#items.keys().next();
    if (!oldest.done) this.#items.delete(oldest.value);
  }

  delete(key: K): void {
    this.#items.delete(key);
  }
}
