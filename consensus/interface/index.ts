export * from './codec.ts';
export * from './define.ts';
export * from './guards.ts';
export * from './outcome.ts';
export * from './types.ts';
