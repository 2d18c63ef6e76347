import { ComplianceError } from './error.ts';

/** What consensus-critical code must not touch, by where it hangs. */
const FORBIDDEN: readonly { readonly owner: object; readonly names: readonly string[] }[] = [
  {
    owner: globalThis,
    names: ['Date', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Intl'],
  },
  { owner: Math, names: ['random'] },
  { owner: performance, names: ['now', 'timeOrigin'] },
  { owner: globalThis.crypto, names: ['getRandomValues', 'randomUUID', 'subtle'] },
  { owner: process, names: ['hrtime', 'uptime', 'nextTick', 'memoryUsage', 'env', 'pid'] },
];

/** Runs `work` with every clock, source of randomness and way to wait turned into a {@link ComplianceError}. */
export function withTraps<T>(work: () => T): T {
  const undo: (() => void)[] = [];
  try {
    for (const { owner, names } of FORBIDDEN) for (const name of names) undo.push(trap(owner, name));
    return work();
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}

function trap(owner: object, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  if (before?.configurable === false) return () => undefined;
  Object.defineProperty(owner, name, {
    configurable: true,
    get() {
      throw new ComplianceError('FORBIDDEN_SOURCE', `${name} is read while consensus-critical code runs`);
    },
  });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}
