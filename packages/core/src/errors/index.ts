export * from './aws-unreached.ts';
export * from './backoff.ts';
export * from './blocked-error.ts';
export * from './catalogue.ts';
export * from './classify-failure.ts';
export * from './lost-response.ts';
export * from './redact.ts';
export * from './warnings.ts';
