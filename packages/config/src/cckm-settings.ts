import { type CckmConfig, ConfigError } from './config.ts';

type Given = {
  readonly [name in 'username' | 'password' | 'domain' | 'authDomain' | 'connection' | 'refreshToken' | 'ca']?: string;
};

/** The CipherTrust Manager as its client takes it: what is not set is left out. Throws a ConfigError without an address. */
export function cckmSettings(
  cckm: CckmConfig,
): Given & { readonly url: string; readonly insecureTls: boolean; readonly callTimeoutMs: number } {
  const { url, insecureTls, callTimeoutMs, ...rest } = cckm;
  if (url === null)
    throw new ConfigError('CCKM_URL is not set: name the CipherTrust Manager, e.g. https://cm.example.com');
  const given: Given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return { url, insecureTls, callTimeoutMs, ...given };
}
