export { isLoopback } from './accept-url.ts';
export * from './cckm-settings.ts';
export * from './config.ts';
export { shown } from './explain-problem.ts';
export * from './keep-heap-small.ts';
export * from './key-pair.ts';
export * from './listen-problem.ts';
export type { OidcConfig, OidcLoginConfig } from './oidc-settings.ts';
