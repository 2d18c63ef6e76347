/** Why the process of a plugin gave no answer. */
export type PluginErrorCode =
  /** It could not be started, or ended before it said who it is. */
  | 'START'
  /** It speaks another version, or brings another code than the chain runs. */
  | 'HANDSHAKE'
  | 'WRONG_PLUGIN'
  | 'FRAME_TOO_LARGE'
  | 'GARBAGE'
  | 'TIMEOUT'
  | 'CRASHED'
  /** Its code threw, and its process goes on. */
  | 'THREW'
  /** It asks for more than anybody may, or reads too slowly. */
  | 'FLOOD'
  /** It holds more memory than it was given. */
  | 'MEMORY'
  /** The node is stopping. */
  | 'CLOSED';

const HINTS: Readonly<Record<PluginErrorCode, string>> = {
  START: 'run the module with the compliance suite; what it wrote stands in the log of the node',
  HANDSHAKE: 'build the plugin with the same version of devnet as the node',
  WRONG_PLUGIN: 'install the version of the plugin that the chain runs',
  FRAME_TOO_LARGE: 'the outcome of one call must fit into a frame: do less in one call, or answer `more`',
  GARBAGE: 'the process must answer each request with one frame as docs/protocol says',
  TIMEOUT: 'a call must end by itself: look for a loop without a bound in the code of the plugin',
  CRASHED: 'this is a defect of the plugin; its last output stands in the log of the node',
  THREW: 'this is a defect of the plugin: the first line of its stack names the place in its source',
  FLOOD: 'wait for answers before asking on, and keep event handlers short',
  MEMORY: 'hold less at once: the limit of a plugin stands in docs/protocol/limits.md',
  CLOSED: 'start the node again',
};

export interface PluginPlace {
  /** `consensus id, name@version`. */
  readonly plugin: string;
  /** What it was asked, e.g. `claim at height 7`. */
  readonly doing: string;
}

export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: PluginErrorCode;
  readonly hint: string;
  constructor(code: PluginErrorCode, { plugin, doing }: PluginPlace, reason: string, options?: ErrorOptions) {
    super(`${code}: plugin ${plugin}, ${doing}: ${reason}`, options);
    this.code = code;
    this.hint = HINTS[code];
  }
}

/** What the code of a plugin threw, with the lines of its author, of which nothing moves the cursor of a terminal. */
export class PluginFailure extends Error {
  override readonly name = 'PluginFailure';
  /** `function (file:line:column)`, innermost first. */
  readonly frames: readonly string[];
  constructor(reason: string, frames: readonly string[]) {
    super(reason);
    this.frames = frames.map(printable);
    this.stack = [`PluginFailure: ${reason}`, ...this.frames.map(frame => `    at ${frame}`)].join('\n');
  }

  /** With the innermost line. */
  get sentence(): string {
    const [first] = this.frames;
    return first === undefined ? this.message : `${this.message}, at ${first}`;
  }
}

const printable = (text: string): string => text.replace(/\p{C}/gu, '?');
