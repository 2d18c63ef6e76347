/** The parts of the WebAssembly API that a machine uses; Node's types only name them. */
declare namespace WebAssembly {
  class Global {
    value: number;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Table {
    /** Returns how long it was. */
    grow(delta: number): number;
    get(index: number): unknown;
    set(index: number, value: unknown): void;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(
      module: Module,
      imports: Readonly<
        Record<string, Readonly<Record<string, ((...args: never[]) => number | undefined) | Memory>>>
      >,
    );
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class RuntimeError extends Error {}
}
