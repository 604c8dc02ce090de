export * from './backoff.ts';
export * from './catalogue.ts';
export * from './classify-failure.ts';
export * from './redact.ts';
