/** Random transactions against a model that knows the rules as sentences, and not one line of the code. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CellInfo, Group, Operation, OutPoint, Output } from '../../../consensus/cells/index.ts';
import type { Chain } from '../../../devnet/testing/index.ts';
import { ALLOW } from './subject.ts';
import { CELLS, cellsChain, lockFor, output, PRICE, register, send } from './support.ts';

const MODULE = 128;
const PEOPLE = ['alice', 'bob'] as const;
type Person = (typeof PEOPLE)[number];

interface ModelCell {
  readonly module: number;
  readonly capacity: number;
  readonly owner: Person | null;
  /** Of a volatile cell: whose group consumes it, and who unlocks it there. */
  readonly to: { readonly module: number; readonly who: Person | null } | null;
}

interface Wish {
  readonly module: number;
  readonly kind: Operation['kind'];
  /** Of all cells that there ever were, counted from the last. */
  readonly input: number;
  readonly made: Omit<ModelCell, 'module' | 'capacity'> & { readonly spare: number };
}

interface Attempt {
  readonly wishes: readonly Wish[];
  readonly enlarging: boolean;
  readonly refund: boolean;
  /** Who signs: those who must, or these. */
  readonly signers: readonly Person[] | null;
  /** Base units off what is owed. */
  readonly off: bigint;
}

const often = <T>(usual: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const person = fc.constantFrom<Person | null>('alice', 'bob', null);
const module = fc.constantFrom(1, MODULE);
const wish: fc.Arbitrary<Wish> = fc.record({
  module,
  kind: fc.constantFrom('create', 'create', 'destroy', 'transform', 'consume'),
  input: fc.nat(4),
  made: fc.record({
    owner: person,
    to: fc.option(fc.record({ module, who: person }), { freq: 2 }),
    spare: often(10, fc.constantFrom(-1, 0, 150, 300)),
  }),
});
const attempt: fc.Arbitrary<Attempt> = fc.record({
  wishes: fc.array(wish, { minLength: 1, maxLength: 3 }),
  enlarging: often(true, fc.constant(false)),
  refund: often(true, fc.constant(false)),
  signers: often<readonly Person[] | null>(null, fc.subarray([...PEOPLE])),
  off: often(0n, fc.constantFrom(1n, -1n)),
});

class Model {
  readonly live = new Map<string, ModelCell>();
  readonly history: OutPoint[] = [];

  name = ({ transaction, index }: OutPoint): string => `${transaction}/${index}`;

  capacity(): number {
    return [...this.live.values()].reduce((sum, cell) => sum + cell.capacity, 0);
  }
}

const outputOf = ({ module: of, made }: Wish): Output =>
  output(of, new Uint8Array(3), made.owner, {
    spare: made.spare,
    to: made.to === null ? null : { module: made.to.module, lock: made.to.who && lockFor(made.to.who) },
  });

const takes = (kind: Wish['kind']): boolean => kind !== 'create';
const makes = (kind: Wish['kind']): boolean => kind === 'create' || kind === 'transform';

/** Tries it on the chain and on the model; both say the same. Whether it was allowed. */
function judged(chain: Chain, model: Model, { wishes, enlarging, refund, signers, off }: Attempt): boolean {
  if (model.history.length === 0 && wishes.some(({ kind }) => takes(kind))) return false;
  const at = ({ input }: Wish): OutPoint => {
    const found = model.history.at(-1 - (input % model.history.length));
    if (found === undefined) throw new RangeError('no history');
    return found;
  };
  const operation = (one: Wish): Operation => {
    if (one.kind === 'create') return { kind: 'create', output: outputOf(one) };
    if (one.kind === 'transform') return { kind: 'transform', input: at(one), output: outputOf(one) };
    return { kind: one.kind, input: at(one) };
  };
  const groups: Group[] = [1, MODULE].flatMap(of => {
    const operations = wishes.filter(one => one.module === of).map(operation);
    return operations.length > 0 || (of === 1 && enlarging) ? [{ module: of, operations }] : [];
  });
  const ordered = [1, MODULE].flatMap(of => wishes.filter(one => one.module === of));
  const inputs = ordered.filter(({ kind }) => takes(kind));
  const made = ordered.filter(({ kind }) => makes(kind));

  const cells = inputs.map(one => model.live.get(model.name(at(one))));
  const openers = inputs.map((one, index) =>
    one.kind === 'consume' ? cells[index]?.to?.who : cells[index]?.owner,
  );
  const needed = PEOPLE.filter(who => openers.includes(who));
  const before = cells.reduce((sum, cell) => sum + (cell?.capacity ?? 0), 0);
  const after = made.reduce((sum, one) => sum + outputOf(one).capacity, 0);
  const isRight =
    cells.every(cell => cell !== undefined) &&
    new Set(inputs.map(one => model.name(at(one)))).size === inputs.length &&
    inputs.every((one, index) => {
      const cell = cells[index];
      if (one.kind === 'consume') return cell?.to?.module === one.module;
      return (
        cell?.module === one.module && (one.kind === 'destroy' || (cell.to === null && one.made.to === null))
      );
    }) &&
    made.every(one => one.made.spare >= 0) &&
    (after <= before || groups.some(({ module: of }) => of === 1)) &&
    (after >= before || refund) &&
    off === 0n &&
    (signers === null || (signers.length === needed.length && needed.every(who => signers.includes(who))));

  const owed = BigInt(Math.max(0, after - before)) * PRICE + off;
  const sending = { by: signers ?? needed, value: owed < 0n ? 0n : owed, refund: refund ? 'charlie' : null };
  const charlie = chain.balance('charlie');
  let done: ReturnType<typeof send>;
  try {
    done = send(chain, groups, sending);
  } catch (error) {
    // Where nothing is owed, one unit less cannot be attached.
    if (typeof (error as { code?: unknown }).code !== 'string') throw error;
    assert.equal(isRight, false, `refused: ${String(error)}`);
    return false;
  }
  assert.ok(isRight || owed < 0n, 'it was allowed');
  for (const one of inputs) model.live.delete(model.name(at(one)));
  for (const [index, one] of made.entries()) {
    const place = done.at(index);
    model.history.push(place);
    const { owner, to } = one.made;
    model.live.set(model.name(place), { module: one.module, capacity: outputOf(one).capacity, owner, to });
  }
  assert.equal(chain.balance('charlie') - charlie, BigInt(Math.max(0, before - after)) * PRICE);
  return true;
}

/** Page after page. */
function allCells(chain: Chain, query: string, args: object): readonly CellInfo[] {
  const found: CellInfo[] = [];
  for (;;) {
    const after = found.at(-1)?.at ?? null;
    const page = chain.query(CELLS, query, { ...args, after }) as readonly CellInfo[];
    found.push(...page);
    if (page.length < 32) return found;
  }
}

describe('cells against a model', () => {
  it('agree about every transaction, every cell and all money', () => {
    const fresh = cellsChain({ checkInvariants: false });
    assert.equal(register(fresh, 'alice', ALLOW), MODULE);
    const start = fresh.snapshot();
    let allowed = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 5, maxLength: 15 }), attempts => {
        fresh.revert(start);
        const model = new Model();
        const pot = fresh.pot(CELLS);
        const supply = fresh.supply();
        for (const one of attempts)
          if (judged(fresh, model, one)) allowed++;
          else refused++;
        assert.equal(fresh.pot(CELLS) - pot, BigInt(model.capacity()) * PRICE);
        assert.equal(fresh.supply(), supply);
        for (const of of [1, MODULE]) {
          const known = allCells(fresh, 'cellsByModule', { module: of });
          const own = [...model.live].filter(([, cell]) => cell.module === of);
          assert.deepEqual(known.map(cell => model.name(cell.at)).sort(), own.map(([name]) => name).sort());
        }
        for (const who of PEOPLE) {
          const known = allCells(fresh, 'cellsByLock', { lock: lockFor(who) }).filter(
            cell => cell.module !== 0,
          );
          const own = [...model.live].filter(([, { owner, to }]) => owner === who || to?.who === who);
          assert.equal(known.length, own.length);
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(allowed > 100 && refused > 100, `${allowed} were allowed and ${refused} refused`);
  });
});
