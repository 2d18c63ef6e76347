export * from './codec.ts';
export * from './define.ts';
export * from './types.ts';
