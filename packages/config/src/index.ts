export * from './cckm-settings.ts';
export * from './config.ts';
export * from './keep-heap-small.ts';
export * from './key-pair.ts';
export type { OidcConfig, OidcLoginConfig } from './oidc-settings.ts';
