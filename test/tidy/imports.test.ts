import assert from 'node:assert/strict';
import { type Source, sources } from './sources.ts';

/** A room of the house and the rooms it may import from (docs/architecture.md). First match wins. */
const ROOMS: readonly { readonly room: string; readonly may: readonly string[] }[] = [
  { room: 'consensus/interface', may: [] },
  { room: 'consensus/compliance', may: ['consensus/interface'] },
  { room: 'consensus/index.ts', may: ['consensus'] },
  { room: 'consensus/consensus-0', may: ['consensus/interface'] },
  { room: 'consensus/wasm', may: [] },
  { room: 'consensus/lua', may: ['consensus/wasm'] },
  { room: 'consensus/cells', may: ['consensus/interface', 'consensus/lua'] },
  { room: 'consensus', may: ['consensus/interface'] },
  { room: 'chain', may: ['consensus/interface'] },
  { room: 'p2p', may: ['chain'] },
  { room: 'service', may: ['node/client'] },
  { room: 'node/client', may: ['chain', 'consensus/interface'] },
  { room: 'node/compiled', may: [] },
  { room: 'node/package', may: ['chain', 'consensus/interface'] },
  { room: 'node', may: ['chain', 'consensus', 'p2p', 'service'] },
  { room: 'module', may: ['chain', 'consensus', 'node/client', 'node/verify'] },
  {
    room: 'devnet/dashboard',
    may: ['node/client', 'consensus/interface', 'devnet/plugins/agreement.ts'],
  },
  {
    room: 'devnet',
    may: [
      'chain',
      'consensus',
      'node/client',
      'node/compiled',
      'node/isolation',
      'node/options.ts',
      'node/package',
      'node/plugins',
      'node/rpc',
      'node/together',
      'module',
    ],
  },
  { room: 'examples', may: ['module', 'service', 'consensus/interface', 'node/client', 'chain'] },
];

const inside = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);
const all = sources(['chain', 'consensus', 'p2p', 'node', 'module', 'service', 'devnet', 'examples']);

describe('import directions', () => {
  for (const { room, may } of ROOMS)
    it(`${room} imports ${may.length > 0 ? may.join(', ') : 'nothing else'}`, () => {
      const wrong = all
        .filter(({ path }) => ROOMS.find(candidate => inside(path, candidate.room))?.room === room)
        .flatMap(({ path, imports }) =>
          imports
            .filter(target => !inside(target, room) && !may.some(allowed => inside(target, allowed)))
            .map(target => `${path} -> ${target}`),
        );
      assert.deepEqual(wrong, []);
    });

  it('the client of a node does not reach into the node', () => {
    const wrong = all
      .filter(({ path }) => inside(path, 'node/client'))
      .flatMap(({ path, imports }) =>
        imports
          .filter(target => inside(target, 'node') && !inside(target, 'node/client'))
          .map(t => `${path} -> ${t}`),
      );
    assert.deepEqual(wrong, []);
  });

  it('only p2p names libp2p', () => {
    const wrong = all
      .filter(
        ({ path, text }) =>
          !inside(path, 'p2p') && /from '(libp2p|@libp2p\/|@chainsafe\/libp2p|@multiformats)/.test(text),
      )
      .map(({ path }) => path);
    assert.deepEqual(wrong, []);
  });

  it('has no circles', () => {
    assert.deepEqual(circles(all), []);
  });
});

/** Each circle of imports that can run at load time, as a path. Type-only imports are erased and do not count. */
function circles(files: readonly Source[]): string[] {
  const graph = new Map(files.map(file => [file.path, runtimeImports(file)]));
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

function runtimeImports({ text, imports }: Source): string[] {
  const typeOnly = new Set(
    [...text.matchAll(/(?:import|export) type\b[^;'"]*?from\s*'(\.[^']+)'/g)].map(m => m[1] ?? ''),
  );
  return imports.filter(target => ![...typeOnly].some(t => target.endsWith(t.replace(/^(\.\.?\/)+/, ''))));
}
