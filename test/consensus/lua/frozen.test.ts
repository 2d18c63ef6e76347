import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { LUA_HASH, LUA_VERSION } from '../../../consensus/lua/compiled.ts';
import { CROSSING } from '../../../consensus/lua/engine.ts';
import { LAYOUT, MAX_DEPTH } from '../../../consensus/lua/layout.ts';
import { luaProgram } from '../../../consensus/lua/make.ts';
import { PRELUDE } from '../../../consensus/lua/prelude.ts';
import { PROGRAM } from '../../../consensus/lua/program.ts';
import { shimProgram } from '../../../consensus/lua/shim.ts';

/** UPDATE_LUA=1 writes `program.ts` anew: another machine, for which LUA_VERSION must grow. */
const UPDATES = process.env.UPDATE_LUA === '1';
const file = new URL('../../../consensus/lua/program.ts', import.meta.url);

/** Lua as wasmoon 1.16.0 compiled it. */
const ENGINE = '95f3f19ddb740125883bc41d5ec670cd0828e7b58c8bdad385323cbff497b55c';
/** What else decides about outcomes, under its version. */
const SURROUNDINGS = { version: 1, hash: '2da4a353e2b3fe0c45e0f7447bccfae7e8ad4459f1f1bdf7302aaaa76a2d27f6' };

const LINE = 1_000;
function written(program: Uint8Array): string {
  const packed = brotliCompressSync(program, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  }).toString('base64');
  const lines = packed.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [
    '/**',
    ' * Lua 5.4 in WASM with its meter, compressed and in base64. `make.ts` says what it is made of; see NOTICE for its authors.',
    ' */',
    'export const PROGRAM = `',
    ...lines,
    '`;',
    '',
  ].join('\n');
}

describe('the Lua machine is frozen', () => {
  it('in its engine and what was changed in it', () => {
    const engine = readFileSync(createRequire(import.meta.url).resolve('wasmoon/dist/glue.wasm'));
    assert.equal(hash('sha256', engine, 'hex'), ENGINE);
    const program = luaProgram(engine);
    if (UPDATES) writeFileSync(file, written(program));
    assert.equal(`0x${hash('sha256', program, 'hex')}`, LUA_HASH, 'set LUA_HASH and raise LUA_VERSION');
    assert.ok(brotliDecompressSync(Buffer.from(PROGRAM, 'base64')).equals(program));
  });

  it('in what is around it', () => {
    const found = createHash('sha256')
      .update(shimProgram(LAYOUT.pages))
      .update(PRELUDE)
      .update(JSON.stringify([LAYOUT, MAX_DEPTH, CROSSING]))
      .digest('hex');
    assert.equal(found, SURROUNDINGS.hash, 'raise LUA_VERSION');
    assert.equal(LUA_VERSION, SURROUNDINGS.version);
  });
});
