import { type FoundProgram, findProgram } from './find-program.ts';

let found: Promise<FoundProgram> | undefined;

/** Finds or fetches a Redis or Valkey server. Rejects with what to do when this machine offers no way. */
export function findRedisServer(): Promise<FoundProgram> {
  found ??= findProgram(
    ['redis', 'valkey'].map((name) => ({
      program: `${name}-server`,
      packages: [`${name}-server`, `${name}-tools`],
      dependencies: `${name}-tools`,
      folder: 'usr/bin',
    })),
    'The tests need a Redis: start Docker, or install redis-server (Debian: apt-get install redis-server; macOS: brew install redis).',
  );
  return found;
}
