/** Prints what becomes of all attacks, after some of them in an order that the argument decides. */
import { ATTACKS, LIMITS } from './attacks.ts';
import { codeOf, textOf, theLua } from './support.ts';

const [, , seed = '0'] = process.argv;
const lua = theLua();
const checked = (index: number): string => {
  const code = ATTACKS[index % ATTACKS.length]?.code ?? '';
  return textOf(lua.check(codeOf(code), [], LIMITS));
};

let noise = Number(seed);
for (let turn = 0; turn < 20 && noise > 0; turn++) {
  noise = (noise * 48_271) % 2_147_483_647;
  checked(noise);
}
process.stdout.write(ATTACKS.map((_, index) => checked(index)).join('\n'));
