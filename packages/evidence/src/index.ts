export * from './audit/broken-log.ts';
export { minimumRetentionMs } from './audit/check-drop.ts';
export { hashCheckpoint, mustFollow } from './audit/checkpoint-chain.ts';
export * from './audit/verify-log.ts';
export * from './drill-evidence.ts';
export { packFiles } from './pack/manifest.ts';
export { type PackSigner, packName, writePack, writeReport } from './pack/write-pack.ts';
export * from './verify/verify-pack.ts';
