export * from './codec.ts';
export * from './types.ts';
export * from './define.ts';
