export { UnreadableManifest } from './raw-record.ts';
export * from './read-manifest.ts';
