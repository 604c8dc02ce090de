export * from './read-manifest.ts';
