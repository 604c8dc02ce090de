export * from './config.ts';
export * from './keep-heap-small.ts';
