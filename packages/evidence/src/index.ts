export * from './audit/verify-log.ts';
