/** The corner of Buffer that consensus-0 uses, for a machine without Node. */
class Latin1 extends Uint8Array {
  static alloc(length: number): Latin1 {
    return new Latin1(length);
  }

  override toString(_encoding?: string, start = 0, end = this.length): string {
    return String.fromCharCode(...this.subarray(start, end));
  }
}

export { Latin1 as Buffer };
