/** From what a file exports to a definition: an object as it is, a class or its instance by its static table. */
import {
  checkName,
  type FunctionDefinition,
  type FunctionTerms,
  invalid,
  type ModuleDefinition,
} from './definition.ts';

/** The terms of a method, and whether it streams; its code is the method of the same name. */
export type MethodTerms = FunctionTerms & { readonly streams?: boolean };

/**
 * A class whose methods can be served: a static table names them. Nothing else of the class can be reached from
 * outside.
 *
 * @example
 * class Counter {
 *   static readonly alias = 'counter';
 *   static readonly functions = { add: { price: 1_000n, params: z.strictObject({ by: z.int() }) } };
 *   async add({ by }: { by: number }, { state }: CallContext) { ... }
 * }
 * export default Counter;
 */
export interface ModuleClass {
  new (): object;
  readonly alias?: string;
  readonly description?: string;
  readonly functions: { readonly [method: string]: MethodTerms };
  readonly links?: ModuleDefinition['links'];
}

/** The definition that a value stands for. Throws DEFINITION_INVALID for what is none. */
export function definitionOf(exported: unknown): ModuleDefinition {
  if (isModuleClass(exported)) return fromInstance(exported, new exported());
  if (typeof exported !== 'object' || exported === null)
    throw invalid(`a ${exported === null ? 'null' : typeof exported}`, HINT);
  if (Object.hasOwn(exported, 'functions')) return exported as ModuleDefinition;
  const maker: unknown = exported.constructor;
  if (isModuleClass(maker)) return fromInstance(maker, exported);
  throw invalid('an object without functions', HINT);
}

const HINT = 'use defineModule({ functions: { ... } }), or a class with a static table of functions';

const isModuleClass = (value: unknown): value is ModuleClass =>
  typeof value === 'function' && typeof (value as Partial<ModuleClass>).functions === 'object';

function fromInstance(
  { alias, description, functions, links }: ModuleClass,
  instance: object,
): ModuleDefinition {
  const served = Object.entries(functions).map(([name, terms]): [string, FunctionDefinition] => {
    // Before the look-up: what every object inherits is no method of this module.
    checkName(name);
    const method: unknown = Reflect.get(instance, name);
    if (typeof method !== 'function')
      throw invalid(`${name}, which is no method of the class`, 'the table names methods');
    const run = (...args: readonly unknown[]): unknown => Reflect.apply(method, instance, args);
    return [name, { ...terms, run } as FunctionDefinition];
  });
  return {
    ...(alias === undefined ? {} : { alias }),
    ...(description === undefined ? {} : { description }),
    ...(links === undefined ? {} : { links }),
    functions: Object.fromEntries(served),
  };
}
