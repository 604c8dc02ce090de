import { readFileSync } from 'node:fs';
import { type CckmConfig, ConfigError } from './config.ts';

type Given = {
  readonly [name in 'username' | 'password' | 'domain' | 'authDomain' | 'connection' | 'refreshToken' | 'ca']?: string;
};

/** The secrets of the login that stand in files. */
type FileSecrets = { readonly [name in 'password' | 'refreshToken']?: string };

/** The CipherTrust Manager as its client takes it: what is not set is left out. Throws a ConfigError without an address. */
export function cckmSettings(
  cckm: CckmConfig,
): Given & { readonly url: string; readonly rereadSecret: () => FileSecrets } & Pick<
    CckmConfig,
    'insecureTls' | 'callTimeoutMs' | 'reads'
  > {
  const { url, insecureTls, callTimeoutMs, reads, secretFiles, ...rest } = cckm;
  if (url === null)
    throw new ConfigError('CCKM_URL is not set: set it to the CipherTrust Manager, e.g. https://cm.example.com');
  const given: Given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return { url, insecureTls, callTimeoutMs, reads, ...given, rereadSecret: () => readSecrets(secretFiles) };
}

/** What the files hold now; one that is empty is being written. Throws where a file cannot be read. */
function readSecrets(files: CckmConfig['secretFiles']): FileSecrets {
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, path]) => {
      const secret = path === null ? '' : readFileSync(path, 'utf8').trimEnd();
      return secret === '' ? [] : [[name, secret] as const];
    }),
  );
}
